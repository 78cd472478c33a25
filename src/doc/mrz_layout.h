/* doc/mrz_layout.h - where the fields and check digits of each format stand; inside doc/ only.
 * Lines and columns count from 0 here. */
#ifndef LW_DOC_MRZ_LAYOUT_H
#define LW_DOC_MRZ_LAYOUT_H

#include "doc/mrz.h"

/* What may stand in a field. */
enum lw_mrz_alphabet {
    LW_MRZ_ANY,     /* A-Z 0-9 < */
    LW_MRZ_LETTERS, /* A-Z < */
    LW_MRZ_DIGITS,  /* 0-9 < */
    LW_MRZ_SEXES,   /* M F X < */
    LW_MRZ_CODE     /* a letter, then A-Z 0-9 < */
};

struct lw_mrz_place {
    uint8_t line, column, n;
};

struct lw_mrz_slot {
    enum lw_mrz_field field; /* LW_MRZ_SURNAME stands for both names where they share a field */
    enum lw_mrz_alphabet alphabet;
    struct lw_mrz_place at;
};

struct lw_mrz_check {
    enum lw_mrz_field field;
    struct lw_mrz_place digit;
    size_t n;
    struct lw_mrz_place over[4];
};

struct lw_mrz_layout {
    enum lw_mrz_format format;
    uint8_t lines, columns;
    size_t n_slots, n_checks;
    struct lw_mrz_slot slots[11];
    struct lw_mrz_check checks[5]; /* the composite, where there is one, is the last */
};

/* NULL for LW_MRZ_UNKNOWN. */
const struct lw_mrz_layout *lw_mrz_layout_of(enum lw_mrz_format format);
const struct lw_mrz_slot *lw_mrz_slot_of(const struct lw_mrz_layout *l, enum lw_mrz_field field);

/* doc/mrz_date.c: "YYMMDD" with the century that fits; false and "" where none or several do. */
bool lw_mrz_birth_iso(char iso[11], const char yymmdd[6], int64_t today_utc_us);
bool lw_mrz_expiry_iso(char iso[11], const char yymmdd[6], int64_t today_utc_us);
/* A day of some year, or a pair of fillers for what is unknown. */
bool lw_mrz_date_possible(const char yymmdd[6]);

#endif
