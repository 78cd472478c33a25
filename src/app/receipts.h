/* app/receipts.h - signed receipts for the travellers of an answered crossing. */
#ifndef LW_APP_RECEIPTS_H
#define LW_APP_RECEIPTS_H

#include "app/crossing.h"
#include "store/store.h"

struct lw_receipts_opts {
    const char *dir;   /* made where it is not there */
    const char *place; /* NULL: the lane */
    struct lw_keys *keys;
    struct lw_store *store; /* NULL: none; else an audit entry for each receipt */
    const char *record;     /* its record's id in the store */
};

/* Write CROSSING-DOCUMENT.json, .svg and .png (the same text as a QR code) for each document whose
 * holder was verified or declined to be photographed, and whose number is surely known. Of others
 * nobody knows here who passed with them. Returns how many, or a fault; what is there already is
 * replaced. */
int lw_receipts_write(const struct lw_crossing_result *r, const struct lw_receipts_opts *o,
                      struct lw_why *why);

/* LW_EINVAL for a place that cannot stand on a receipt; NULL is good. */
int lw_receipts_check_place(const char *place, struct lw_why *why);

#endif
