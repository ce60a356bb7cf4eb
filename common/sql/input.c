#include <stdlib.h>
#include <string.h>

#include "io/fdio.h"
#include "sql/crew.h"
#include "sql/input.h"

int
input_open(struct input *in, int fd, const char *name, struct error *e)
{
	*in = (struct input){.fd = fd, .name = name};
	in->data = malloc(INPUT_SIZE);
	if (in->data == NULL)
		return error_set(e, ERROR_FAILED, "out of memory");
	fdio_widen(fd);
	return 0;
}

void
input_close(struct input *in)
{
	free(in->data);
	in->data = NULL;
}

bool
input_is_full(const struct input *in)
{
	return in->end - in->start == INPUT_SIZE;
}

int
input_more(struct input *in, struct crew *crew, struct error *e)
{
	size_t room;
	bool ready;
	ssize_t n;

	if (in->end == INPUT_SIZE && in->start > 0) {
		memmove(in->data, in->data + in->start, in->end - in->start);
		in->end -= in->start;
		in->start = 0;
	}
	if (in->eof || in->end == INPUT_SIZE)
		return 0;
	if (crew_wait(crew, in->fd, &ready, e) != 0)
		return -1;
	if (!ready)
		return 0;
	room = INPUT_SIZE - in->end;
	n = fdio_read(in->fd, in->name, in->data + in->end,
	    room < INPUT_READ ? room : INPUT_READ, crew->stop, e);
	if (n < 0)
		return -1;
	in->eof = n == 0;
	in->end += (size_t)n;
	return 0;
}
