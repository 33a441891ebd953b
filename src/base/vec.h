/* SPDX-License-Identifier: MIT */
/*
 * Arrays that grow on an arena:
 *     VEC(struct column) columns = { 0 };
 *     *VEC_PUSH(arena, &columns) = column;
 *     for (size_t i = 0; i < columns.n; i++) use(columns.p[i]);
 * Growing doubles and copies; the old copy stays on the arena until that is rewound.
 */
#ifndef FERRY_BASE_VEC_H
#define FERRY_BASE_VEC_H

#include "base/arena.h"

#define VEC(type)                                                                                  \
	struct {                                                                                   \
		type *p;                                                                           \
		size_t n;                                                                          \
		size_t cap;                                                                        \
	}

/* A pointer to a new, zeroed last element. */
#define VEC_PUSH(a, v)                                                                             \
	((v)->p = vec_room((a), (v)->p, (v)->n, &(v)->cap, sizeof(*(v)->p)), &(v)->p[(v)->n++])

/* Used by VEC_PUSH: room for one more element; the array, moved if it had to be. */
void *vec_room(struct arena *a, void *p, size_t n, size_t *cap, size_t size);

#endif
