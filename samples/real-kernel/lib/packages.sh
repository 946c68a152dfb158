# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The host's packages, and apt for another architecture than the host's.

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		die "not root, and no sudo: run as root: $*"
	fi
}

# Installs what is missing of the packages named.
need_packages() {
	missing=
	for package; do
		case $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) in
		*' installed') ;;
		*) missing="$missing $package" ;;
		esac
	done
	[ -n "$missing" ] || return 0
	say "installing$missing"
	# shellcheck disable=SC2086 # a list of words
	install_packages $missing || {
		as_root apt-get -q update >/dev/null || :
		# shellcheck disable=SC2086
		install_packages $missing ||
			die "apt-get install failed for:$missing"
	}
}

install_packages() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
		-o DPkg::Lock::Timeout=600 install --no-install-recommends \
		"$@" >"$cache/dumps/.install.log" 2>&1 || {
		tail -5 "$cache/dumps/.install.log"
		return 1
	}
}

# apt-get and apt-cache for packages of architecture $1. Another one than the
# host's has lists of its own, so that the host learns nothing of it.
apt_for() {
	apt_arch=$1
	shift
	if [ "$apt_arch" = "$(dpkg --print-architecture)" ]; then
		"$@"
		return
	fi
	apt_home=$cache/apt-$apt_arch
	mkdir -p "$apt_home/lists/partial" "$apt_home/archives/partial"
	: >"$apt_home/status"
	cat >"$apt_home/apt.conf" <<-END
		APT::Architecture "$apt_arch";
		APT::Architectures { "$apt_arch"; };
		Dir::State "$apt_home";
		Dir::State::lists "$apt_home/lists";
		Dir::State::status "$apt_home/status";
		Dir::Cache "$apt_home";
		Dir::Cache::archives "$apt_home/archives";
	END
	APT_CONFIG=$apt_home/apt.conf "$@"
}

# apt-get update; for the host's own lists that takes root.
apt_update() {
	say "apt-get update ($1)"
	if [ "$1" = "$(dpkg --print-architecture)" ]; then
		as_root apt-get -q -o DPkg::Lock::Timeout=600 update
	else
		apt_for "$1" apt-get -q -o APT::Sandbox::User=root update
	fi >/dev/null 2>&1 || :
}

# Downloads packages $2... of architecture $1 into the current folder.
apt_download() {
	download_arch=$1
	shift
	apt_for "$download_arch" apt-get -q -o APT::Sandbox::User=root \
		download "$@" >download.log 2>&1
}
