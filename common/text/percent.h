/*
 * percent: names as encoding-type=url has them in a listing. Pure.
 */
#ifndef PERCENT_H
#define PERCENT_H

/*
 * Undoes the encoding in place: %XX, and a plus for a blank ("ListObjectsV2",
 * Amazon S3 API Reference). Returns 0, or -1 for what is none, and for a NUL,
 * which no key holds.
 */
int percent_decode(char *);

#endif
