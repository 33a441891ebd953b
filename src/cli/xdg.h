/* SPDX-License-Identifier: MIT */
/*
 * Where a person's own files are, as the XDG Base Directory Specification says.
 */
#ifndef FERRY_CLI_XDG_H
#define FERRY_CLI_XDG_H

#include "base/arena.h"

enum xdg_folder { XDG_CONFIG, XDG_CACHE, XDG_STATE };

/*
 * `below` in that folder: $XDG_CACHE_HOME/ferry/tokens, else $HOME/.cache/ferry/tokens. A variable counts only when it is
 * an absolute path. NULL: neither is. Nothing is made.
 */
const char *xdg_path(struct arena *a, const char *(*environment)(const char *name),
		     enum xdg_folder folder, const char *below);

#endif
