/* cross/assign.h - best one-to-one assignment of occupants to documents with a floor; pure.
 * Maximises the sum of (score - floor) over pairs with score >= floor (Kuhn 1955, Munkres 1957;
 * shortest augmenting paths as in Jonker and Volgenant 1987): nobody is matched below the floor. */
#ifndef LW_CROSS_ASSIGN_H
#define LW_CROSS_ASSIGN_H

#include "base/base.h"

enum { LW_ASSIGN_MAX = 16 };

/* score[r * cols + c], NaN: this pair is not to be matched. row_to_col[r] becomes the column or -1.
 * Ties are broken towards lower indices, so that the same input gives the same answer.
 * rows, cols 0..LW_ASSIGN_MAX. Returns the number of pairs. */
int lw_assign(const float *score, size_t rows, size_t cols, float floor, int *row_to_col);

#endif
