#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sql/tar.h"

/* Where the fields of a header begin, and how long they are. */
enum {
	MODE = 100,
	UID = 108,
	GID = 116,
	SIZE = 124,
	SIZE_LENGTH = 12,
	MTIME = 136,
	CHECKSUM = 148,
	CHECKSUM_LENGTH = 8,
	TYPE = 156,
	MAGIC = 257,
};

static uint64_t
padded(uint64_t size)
{
	return (size + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
}

/* The sum of all bytes, the checksum's own taken for spaces. */
static unsigned
sum(const unsigned char *header)
{
	unsigned total = 0;
	size_t i;

	for (i = 0; i < TAR_BLOCK; i++)
		total += i >= CHECKSUM && i < CHECKSUM + CHECKSUM_LENGTH
		    ? ' '
		    : header[i];
	return total;
}

/* Octal digits, with spaces or a NUL behind them. */
static int
read_octal(const unsigned char *field, size_t length, uint64_t *value)
{
	size_t i = 0;

	*value = 0;
	while (i < length && field[i] == ' ')
		i++;
	if (i == length || field[i] < '0' || field[i] > '7')
		return -1;
	for (; i < length && field[i] >= '0' && field[i] <= '7'; i++)
		*value = *value << 3 | (uint64_t)(field[i] - '0');
	return i == length || field[i] == ' ' || field[i] == '\0' ? 0 : -1;
}

/* A size that octal digits cannot hold stands in base 256 (GNU tar). */
static int
read_size(const unsigned char *header, uint64_t *size)
{
	const unsigned char *field = header + SIZE;
	size_t i;

	if (field[0] != 0x80)
		return read_octal(field, SIZE_LENGTH, size);
	*size = 0;
	for (i = 1; i < SIZE_LENGTH; i++) {
		if (*size >> 52 != 0)
			return -1;
		*size = *size << 8 | field[i];
	}
	return 0;
}

/* Sizes of links and directories mean nothing: no content follows. */
static bool
has_content(const unsigned char *header)
{
	return header[TYPE] == '0' || header[TYPE] == '\0' ||
	    header[TYPE] == '7';
}

static void
write_octal(unsigned char *field, int digits, uint64_t value)
{
	char text[32];

	snprintf(text, sizeof text, "%0*" PRIo64, digits, value);
	memcpy(field, text, (size_t)digits + 1);
}

static void
write_size(unsigned char *header, uint64_t size)
{
	unsigned char *field = header + SIZE;
	size_t i;

	if (size >> 33 == 0) {
		write_octal(field, SIZE_LENGTH - 1, size);
		return;
	}
	field[0] = 0x80;
	for (i = SIZE_LENGTH - 1; i > 0; i--, size >>= 8)
		field[i] = (unsigned char)size;
}

static void
seal(unsigned char *header)
{
	write_octal(header + CHECKSUM, 6, sum(header));
	header[CHECKSUM + 7] = ' ';
}

static bool
is_zero(const unsigned char *header)
{
	size_t i;

	for (i = 0; i < TAR_BLOCK; i++)
		if (header[i] != 0)
			return false;
	return true;
}

/* Puts the folder before the name. */
static int
move(struct tar *t, struct error *e)
{
	char name[TAR_NAME], whole[sizeof t->folder + TAR_NAME];

	memcpy(name, t->header, TAR_NAME);
	if (memchr(name, '\0', TAR_NAME) == NULL || t->header[345] != '\0')
		return error_set(e, ERROR_FAILED,
		    "the server sent a member with a name that is too long");
	snprintf(whole, sizeof whole, "%s%s", t->folder, name);
	if (strlen(whole) >= TAR_NAME)
		return error_set(
		    e, ERROR_FAILED, "the name is too long: %s", whole);
	memset(t->header, 0, TAR_NAME);
	memcpy(t->header, whole, strlen(whole));
	seal(t->header);
	return 0;
}

/* A header has come whole. */
static int
begin_member(struct tar *t, struct error *e)
{
	uint64_t checksum, size;

	t->filled = 0;
	if (is_zero(t->header)) {
		t->ended = true;
		return 0;
	}
	if (read_octal(t->header + CHECKSUM, CHECKSUM_LENGTH, &checksum) != 0 ||
	    checksum != sum(t->header) || read_size(t->header, &size) != 0)
		return error_set(
		    e, ERROR_FAILED, "the server did not send a tar archive");
	t->left = has_content(t->header) ? padded(size) : 0;
	if (t->folder[0] != '\0' && move(t, e) != 0)
		return -1;
	return t->write(t->context, t->header, TAR_BLOCK, e);
}

void
tar_begin(struct tar *t, const char *folder)
{
	snprintf(t->folder, sizeof t->folder, "%s", folder);
	t->filled = 0;
	t->left = 0;
	t->ended = false;
}

int
tar_take(struct tar *t, const void *bytes, size_t size, struct error *e)
{
	const unsigned char *from = bytes;
	size_t n;

	while (size > 0 && !t->ended) {
		if (t->left > 0) {
			n = t->left < size ? (size_t)t->left : size;
			if (t->write(t->context, from, n, e) != 0)
				return -1;
			t->left -= n;
		} else {
			n = TAR_BLOCK - t->filled;
			n = n < size ? n : size;
			memcpy(t->header + t->filled, from, n);
			t->filled += n;
			if (t->filled == TAR_BLOCK && begin_member(t, e) != 0)
				return -1;
		}
		from += n;
		size -= n;
	}
	return 0;
}

int
tar_end(struct tar *t, struct error *e)
{
	if (t->left > 0 || t->filled > 0)
		return error_set(e, ERROR_FAILED,
		    "what the server sent ends in the middle of a file");
	return 0;
}

int
tar_add(struct tar *t, const char *name, const void *content, size_t size,
    uint64_t time, struct error *e)
{
	static const unsigned char zeros[TAR_BLOCK];
	unsigned char header[TAR_BLOCK] = {0};

	snprintf((char *)header, TAR_NAME, "%s", name);
	write_octal(header + MODE, 7, 0600);
	write_octal(header + UID, 7, 0);
	write_octal(header + GID, 7, 0);
	write_size(header, size);
	write_octal(header + MTIME, 11, time);
	header[TYPE] = '0';
	memcpy(header + MAGIC,
	    "ustar\0"
	    "00",
	    8);
	seal(header);
	if (t->write(t->context, header, TAR_BLOCK, e) != 0 ||
	    (size > 0 && t->write(t->context, content, size, e) != 0))
		return -1;
	size = (size_t)(padded(size) - size);
	return size == 0 ? 0 : t->write(t->context, zeros, size, e);
}

int
tar_finish(struct tar *t, struct error *e)
{
	static const unsigned char end[2 * TAR_BLOCK];

	return t->write(t->context, end, sizeof end, e);
}
