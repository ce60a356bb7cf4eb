#include <fcntl.h>
#include <unistd.h>

#include "base/buffer.h"
#include "sql/deferred.h"
#include "sql/identifier.h"
#include "sql/token.h"

static int
open_file(struct fdio_output *out, const char *path, const char *name,
    struct error *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	if (fd < 0)
		return error_errno(e, "%s", path);
	fdio_output(out, fd, name);
	return 0;
}

int
deferred_open(struct deferred *d, const char *path, const struct stop *stop,
    struct error *e)
{
	struct buffer slots = {0};
	struct error ignored;
	int rc = -1;

	buffer_printf(&slots, "%s.slots", path);
	d->stop = stop;
	if (slots.failed)
		error_set(e, ERROR_FAILED, "out of memory");
	else if (open_file(&d->statements, path, "--deferred", e) == 0 &&
	    (rc = open_file(&d->slots, slots.data, "--deferred", e)) != 0)
		fdio_finish(&d->statements, &ignored);
	d->open = rc == 0;
	buffer_free(&slots);
	return rc;
}

/* Finds the slot of a CREATE SUBSCRIPTION. */
static bool
find_slot(const char *text, size_t size, struct token *name, struct token *slot)
{
	struct tokens t = {text, text + size};

	if (!token_phrase(&t, "CREATE SUBSCRIPTION") ||
	    !identifier_take(&t, name) || !token_skip_to(&t, "WITH"))
		return false;
	while (token_skip_to(&t, "slot_name")) {
		if (!token_take(&t, "="))
			continue;
		token_next(&t, slot);
		return slot->kind == TOKEN_STRING;
	}
	return false;
}

static int
write_buffer(struct fdio_output *out, struct buffer *b, const struct stop *stop,
    struct error *e)
{
	int rc;

	if (b->failed)
		rc = error_set(e, ERROR_FAILED, "out of memory");
	else
		rc = fdio_write(out, b->data, b->size, stop, e);
	buffer_free(b);
	return rc;
}

/* Writes the statement that gives a subscription its slot back. */
static int
add_slot(struct deferred *d, const struct token *name, const struct token *slot,
    struct error *e)
{
	struct buffer b = {0};

	buffer_puts(&b, "ALTER SUBSCRIPTION ");
	buffer_add(&b, name->text, name->size);
	buffer_puts(&b, " SET (slot_name = ");
	buffer_add(&b, slot->text, slot->size);
	buffer_puts(&b, ");\n");
	return write_buffer(&d->slots, &b, d->stop, e);
}

int
deferred_add(struct deferred *d, const char *text, size_t size, struct error *e)
{
	struct token name, slot;
	struct buffer b = {0};
	const char *rest;

	if (find_slot(text, size, &name, &slot)) {
		if (add_slot(d, &name, &slot, e) != 0)
			return -1;
		rest = slot.text + slot.size;
		buffer_add(&b, text, (size_t)(slot.text - text));
		buffer_puts(&b, "NONE");
		buffer_add(&b, rest, (size_t)(text + size - rest));
	} else {
		buffer_add(&b, text, size);
	}
	buffer_puts(&b, ";\n");
	return write_buffer(&d->statements, &b, d->stop, e);
}

int
deferred_data(
    struct deferred *d, const char *data, size_t size, struct error *e)
{
	return fdio_write(&d->statements, data, size, d->stop, e);
}

int
deferred_close(struct deferred *d, struct error *e)
{
	struct error ignored;

	if (!d->open)
		return 0;
	d->open = false;
	if (fdio_finish(&d->statements, e) != 0) {
		fdio_finish(&d->slots, &ignored);
		return -1;
	}
	return fdio_finish(&d->slots, e);
}
