/* profile: any bytes as the shared credentials and config files. */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "aws/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t size)
{
	static int fd = -1;
	struct profile p = {0};
	struct buffer warning = {0};
	struct error e = {0};
	char path[64];
	int field;

	if (fd == -1) {
		fd = memfd_create("profile", 0);
		snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
		setenv("AWS_CONFIG_FILE", path, 1);
		setenv("AWS_SHARED_CREDENTIALS_FILE", path, 1);
	}
	if (ftruncate(fd, 0) != 0 || pwrite(fd, in, size, 0) != (ssize_t)size)
		abort();
	if (profile_read(&p, &warning, &e) != 0 && e.text[0] == '\0')
		abort();
	for (field = 0; field < PROFILE_FIELDS; field++)
		if (profile_get(&p, (enum profile_field)field) != NULL &&
		    strlen(profile_get(&p, (enum profile_field)field)) > size)
			abort();
	profile_free(&p);
	buffer_free(&warning);
	return 0;
}
