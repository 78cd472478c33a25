/* app/peer.h - a plain crossing to measure ours against: the cut detector at native resolution on
 * every frame, every face embedded as it was seen, an occupant's best score against each document.
 * Same networks, sessions and threads; tracks and seats are joined as ours are, in its favour. */
#ifndef LW_APP_PEER_H
#define LW_APP_PEER_H

#include "app/crossing.h"

struct lw_peer_opts {
    double fmr;
    unsigned threads; /* cameras at a time */
};

/* The result has an outcome and timing.total_ms, and nothing else. *passage_ms: how long the
 * longest camera filmed. */
int lw_peer_run(struct lw_crossing_result **out, struct lw_facekit *kit, const char *dir,
                const struct lw_bundle *bundle, const struct lw_peer_opts *opts, double *passage_ms,
                struct lw_why *why);

#endif
