/* SPDX-License-Identifier: MIT */
/*
 * Edit distance: letters added, removed, changed, or two neighbours exchanged. Near enough is a third of
 * the word, at least one, or a word that the other one starts with.
 */
#include "base/nearest.h"

#include "base/banned.h"

#define WORD_MAX 64

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* One cell: rows[0] is the current row, rows[1] and rows[2] the two before it. */
static size_t cell(struct str a, struct str b, size_t i, size_t j, size_t rows[3][WORD_MAX + 1])
{
	size_t change = rows[1][j - 1] + (a.p[i - 1] != b.p[j - 1]);
	size_t best = least(change, least(rows[1][j], rows[0][j - 1]) + 1);

	if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1])
		best = least(best, rows[2][j - 2] + 1);
	return best;
}

static size_t distance(struct str a, struct str b)
{
	size_t rows[3][WORD_MAX + 1] = { 0 };

	for (size_t j = 0; j <= b.n; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		for (size_t j = 0; j <= b.n; j++) {
			rows[2][j] = rows[1][j];
			rows[1][j] = rows[0][j];
		}
		rows[0][0] = i;
		for (size_t j = 1; j <= b.n; j++)
			rows[0][j] = cell(a, b, i, j, rows);
	}
	return rows[0][b.n];
}

struct nearest nearest_to(struct str word)
{
	size_t near_enough = word.n < 6 ? 1 : word.n / 3;

	return (struct nearest){ .word = word, .distance = near_enough + 1 };
}

void nearest_offer(struct nearest *n, const char *candidate)
{
	struct str other = str_from(candidate);

	if (n->word.n == 0 || n->word.n > WORD_MAX || other.n > WORD_MAX)
		return;
	bool starts = n->word.n > 1 && str_starts(other, n->word);
	size_t far = starts ? 1 : distance(n->word, other);

	if (far < n->distance) {
		n->distance = far;
		n->best = candidate;
	}
}
