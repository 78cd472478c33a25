#include "store/tally.h"

#include <stdio.h>
#include <string.h>

#define SECOND_US INT64_C(1000000)
#define HOUR_US (3600 * SECOND_US)

void lw_measure_name(char out[32], unsigned measure)
{
    static const char *const names[LW_TALLY_CLASSES] = {
        "crossings", "verified",  "complete",           "synthetic", "timed",
        "seconds",   "occupants", "occupants_verified", "opted_out"};
    if (measure < LW_TALLY_CLASSES)
        snprintf(out, 32, "%s", names[measure]);
    else if (measure < LW_TALLY_REASONS)
        snprintf(out, 32, "class:%s",
                 lw_person_class_name((enum lw_person_class)(measure - LW_TALLY_CLASSES)));
    else
        snprintf(out, 32, "reason:%s",
                 lw_reason_name((enum lw_reason)(measure - LW_TALLY_REASONS)));
}

static void count_occupant(int64_t n[LW_TALLY_MEASURES], const struct lw_record *rec,
                           const struct lw_occupant *o, bool *complete)
{
    bool opted_out = o->reasons & (1u << LW_REASON_OPTED_OUT);
    n[LW_TALLY_OCCUPANTS]++;
    n[LW_TALLY_OPTED_OUT] += opted_out;
    *complete = *complete && (opted_out || o->captured);
    if (o->document >= 0) {
        n[LW_TALLY_OCCUPANTS_VERIFIED]++;
        n[LW_TALLY_CLASSES + rec->bundle.documents[o->document].person_class]++;
    }
    for (unsigned i = 0; i < LW_REASONS; i++)
        n[LW_TALLY_REASONS + i] += (o->reasons >> i) & 1;
}

void lw_tally_count(int64_t n[LW_TALLY_MEASURES], const struct lw_record *rec)
{
    int64_t us = rec->closed_utc_us - rec->bundle.opened_utc_us;
    bool complete = true;
    memset(n, 0, LW_TALLY_MEASURES * sizeof(*n));
    n[LW_TALLY_CROSSINGS] = 1;
    n[LW_TALLY_VERIFIED] = rec->outcome.verified;
    n[LW_TALLY_SYNTHETIC] = rec->bundle.synthetic;
    if (us >= 0 && us <= HOUR_US) {
        n[LW_TALLY_TIMED] = 1;
        n[LW_TALLY_SECONDS] = (us + SECOND_US / 2) / SECOND_US;
    }
    for (size_t i = 0; i < rec->outcome.n_occupants; i++)
        count_occupant(n, rec, &rec->outcome.occupants[i], &complete);
    n[LW_TALLY_COMPLETE] = complete && rec->outcome.n_occupants > 0;
}

int lw_tally_add(struct lw_sql *q, const struct lw_record *rec, int sign, struct lw_why *why)
{
    int64_t n[LW_TALLY_MEASURES];
    int r = LW_OK;
    lw_tally_count(n, rec);
    for (unsigned i = 0; r == LW_OK && i < LW_TALLY_MEASURES; i++) {
        char name[32];
        if (!n[i])
            continue;
        lw_measure_name(name, i);
        r = lw_sql_run(q, why,
                       "INSERT INTO tally (hour, lane, direction, measure, n)"
                       " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n",
                       LW_BIND(LW_I(rec->bundle.opened_utc_us / HOUR_US), LW_T(rec->bundle.lane),
                               LW_T(lw_direction_name(rec->bundle.direction)), LW_T(name),
                               LW_I(sign * n[i])));
    }
    return r;
}
