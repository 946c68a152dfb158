/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Loads a crash kernel: kexec_file_load(2) and nothing else.
 *
 *   kexec-load VMLINUZ INITRD COMMAND-LINE
 *
 * The kernel places it in the memory that crashkernel= set aside and adds
 * elfcorehdr= to the command line by itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int kernel, initrd;

	if (argc != 4) {
		fputs("usage: kexec-load VMLINUZ INITRD COMMAND-LINE\n", stderr);
		return 2;
	}
	kernel = open(argv[1], O_RDONLY | O_CLOEXEC);
	initrd = open(argv[2], O_RDONLY | O_CLOEXEC);
	if (kernel < 0 || initrd < 0) {
		fprintf(stderr, "kexec-load: %s: %s\n",
			argv[kernel < 0 ? 1 : 2], strerror(errno));
		return 1;
	}
	if (syscall(SYS_kexec_file_load, kernel, initrd, strlen(argv[3]) + 1,
		    argv[3], KEXEC_FILE_ON_CRASH)) {
		fprintf(stderr, "kexec-load: kexec_file_load: %s\n",
			strerror(errno));
		return 1;
	}
	return 0;
}
