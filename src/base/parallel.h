/* base/parallel.h - run n independent pieces of work on a few threads. */
#ifndef LW_BASE_PARALLEL_H
#define LW_BASE_PARALLEL_H

#include "base/base.h"

/* Work on piece i; worker is 0..threads-1 and names the scratch memory this call may use.
 * A negative return stops the handing out of further pieces. */
typedef int (*lw_piece_fn)(void *ctx, size_t i, unsigned worker);

/* Hand out 0..n-1 in order to `threads` (1..64) threads, the caller's among them; returns when all
 * are done: LW_OK, or the code of the failed piece with the smallest index. */
int lw_parallel(size_t n, unsigned threads, lw_piece_fn fn, void *ctx);

unsigned lw_cpu_count(void); /* CPUs this process may run on, >= 1 */

#endif
