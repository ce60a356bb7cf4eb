#include <stdbool.h>
#include <string.h>

#include "sql/task.h"

void
task_make(struct task *task, const struct header *h, const char *text,
    size_t size, uint64_t line)
{
	size_t n = strcspn(text, "\r\n");
	bool more = n < size;

	*task = (struct task){.line = line};
	if (h->type[0] != '\0')
		header_label(h, task->object, sizeof task->object);
	if (n > TASK_TEXT - 4) {
		n = TASK_TEXT - 4;
		more = true;
		while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
			n--; /* not within a character of UTF-8 */
	}
	memcpy(task->text, text, n);
	if (more)
		memcpy(task->text + n, "...", 3);
}
