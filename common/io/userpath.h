/*
 * userpath: paths as users write them, with ~ and variables.
 */
#ifndef USERPATH_H
#define USERPATH_H

/*
 * A new string: the path with $NAME and ${NAME} replaced where the variable is
 * set, and then a leading ~ or ~user by that home (HOME comes before the
 * user database). What cannot be replaced stays as it is. NULL where memory
 * is out.
 */
char *userpath_expand(const char *path);

#endif
