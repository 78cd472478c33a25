/* doc/mrz.h - machine readable zones (ICAO Doc 9303, parts 3 to 7): text in, fields and findings
 * out. Pure: no heap, no clock. Rules and examples: docs/formats/mrz.md. */
#ifndef LW_DOC_MRZ_H
#define LW_DOC_MRZ_H

#include "base/strbuf.h"

enum {
    LW_MRZ_LINES = 3,
    LW_MRZ_COLUMNS = 44,
    LW_MRZ_TEXT_BYTES_MAX = 1024 * 1024, /* of one text with many MRZs */
    LW_MRZ_COUNT_MAX = 10000,            /* MRZs in one text */
    LW_MRZ_FINDINGS_MAX = 112            /* one for each character, each check and each line */
};

enum lw_mrz_format {
    LW_MRZ_UNKNOWN,
    LW_MRZ_TD1,    /* 3 x 30: cards, part 5 */
    LW_MRZ_TD2,    /* 2 x 36: cards, part 6 */
    LW_MRZ_TD3,    /* 2 x 44: passports, part 4 */
    LW_MRZ_MRV_A,  /* 2 x 44: visas, part 7 */
    LW_MRZ_MRV_B,  /* 2 x 36: visas, part 7 */
    LW_MRZ_ID_FRA, /* 2 x 36: French identity cards issued until 2021, a layout of their own */
    LW_MRZ_FORMATS
};
const char *lw_mrz_format_name(enum lw_mrz_format f); /* "TD3"; NULL for LW_MRZ_UNKNOWN */

enum lw_mrz_field {
    LW_MRZ_WHOLE, /* a finding about lines, not about one field */
    LW_MRZ_DOCUMENT_CODE,
    LW_MRZ_ISSUING_STATE,
    LW_MRZ_SURNAME,
    LW_MRZ_GIVEN_NAMES,
    LW_MRZ_DOCUMENT_NUMBER,
    LW_MRZ_NATIONALITY,
    LW_MRZ_BIRTH_DATE,
    LW_MRZ_SEX,
    LW_MRZ_EXPIRY_DATE,
    LW_MRZ_OPTIONAL_DATA,
    LW_MRZ_OPTIONAL_DATA_2,
    LW_MRZ_COMPOSITE,
    LW_MRZ_FIELDS
};
const char *lw_mrz_field_name(enum lw_mrz_field f); /* "document_number"; LW_MRZ_WHOLE is "mrz" */

enum lw_mrz_rule {
    LW_MRZ_CHECK_DIGIT,     /* the check digit of that field does not fit it */
    LW_MRZ_ALPHABET,        /* a character that cannot stand in that field */
    LW_MRZ_LENGTH,          /* a line is too short or too long */
    LW_MRZ_LINE_COUNT,      /* no format has that many lines */
    LW_MRZ_DATE,            /* no day of any calendar year */
    LW_MRZ_FILLER,          /* a filler before something that must not follow one */
    LW_MRZ_EMPTY,           /* nothing but fillers where something must stand */
    LW_MRZ_ABSENT,          /* "no_mrz": a picture that shows none (doc/mrz_picture.h) */
    LW_MRZ_DECODER_REFUSED, /* the text was not read: what reads it was stopped */
    LW_MRZ_RULES
};
const char *lw_mrz_rule_name(enum lw_mrz_rule r); /* "check_digit" */

struct lw_mrz_finding {
    enum lw_mrz_field field;
    enum lw_mrz_rule rule;
    int line, column; /* from 1, after white space is taken out and one-line MRZs are split */
    size_t offset;    /* byte in the text that was parsed */
    char expected;    /* the right check digit where there is one, else NUL */
};

/* Fields as printed, NUL-terminated: outer fillers are dropped, inner ones are spaces; "" where
 * the format has no such field or the text ends before it. */
struct lw_mrz {
    enum lw_mrz_format format;
    char document_code[3];
    char issuing_state[4];
    char document_number[25]; /* whole, also when it continues in the optional data */
    char surname[40], given_names[40];
    bool names_truncated; /* the names fill their field: more may have been cut off */
    char nationality[4];
    char birth_date[7], expiry_date[7];           /* YYMMDD; '<' where unknown */
    char birth_date_iso[11], expiry_date_iso[11]; /* "1974-08-12"; "" where not unambiguous */
    char sex;                                     /* 'M', 'F', 'X'; NUL where it cannot be read */
    char optional_data[17], optional_data_2[12];
    size_t n_findings;
    struct lw_mrz_finding
        findings[LW_MRZ_FINDINGS_MAX]; /* check digits last, composite at the end */
};
static inline bool lw_mrz_ok(const struct lw_mrz *m)
{
    return m->n_findings == 0;
}

/* Parse one MRZ: its lines, or all of it in one line of 72, 88 or 90 characters. White space, line
 * ends and blank lines do not matter, lower case counts as upper case. today_utc_us decides the
 * century of the dates: a holder is at most 110 years old, an expiry date less than 50 years away.
 * Whatever is wrong with the text is a finding. Faults: LW_EFORMAT when it is no text or empty,
 * LW_ELIMIT when it is longer than a MRZ can be. */
int lw_mrz_parse(struct lw_mrz *out, struct lw_span text, int64_t today_utc_us, struct lw_why *why);

/* Several MRZs in one text, with blank lines between them, or none where the lengths of the lines
 * leave no doubt. Offsets in findings count from the beginning of the text. */
struct lw_mrz_reader {
    struct lw_span text;
    size_t pos; /* next byte */
    size_t n;   /* MRZs read */
    int64_t today_utc_us;
};
struct lw_mrz_reader lw_mrz_reader_over(struct lw_span text, int64_t today_utc_us);
/* 1: *out is the next MRZ. 0: there are no more. Faults as above, and LW_ELIMIT past the limits. */
int lw_mrz_next(struct lw_mrz_reader *r, struct lw_mrz *out, struct lw_why *why);

/* Part 3, 4.9: weights 7, 3, 1; A = 10 .. Z = 35; filler = 0. '0'..'9', or NUL when a character
 * cannot stand in a MRZ. */
char lw_mrz_check_digit(const char *s, size_t n);

/* One line of JSON as `lanewise doc mrz --json` prints it, with its line end. */
void lw_mrz_put_json(struct lw_strbuf *b, const struct lw_mrz *m);
/* Only the object of fields, for answers that hold other things beside them. */
void lw_mrz_put_json_fields(struct lw_strbuf *b, const struct lw_mrz *m);
/* The same for people: a few lines of text. */
void lw_mrz_put_card(struct lw_strbuf *b, const struct lw_mrz *m);

/* What is printed into a MRZ. Names: letters, spaces, hyphens and apostrophes of A-Z (part 3, 4.6:
 * hyphens become fillers, apostrophes go); the rest A-Z, 0-9 and spaces. NULL counts as "". */
struct lw_mrz_holder {
    const char *document_code, *issuing_state; /* "P", "UTO" */
    const char *surname, *given_names;
    const char *document_number, *nationality;
    const char *birth_date, *expiry_date; /* YYMMDD, '<' where unknown */
    char sex;                             /* 'M', 'F', else a filler is printed */
    const char *optional_data, *optional_data_2;
};
/* Lay the holder out with all check digits. Names that are too long are cut; long document numbers
 * continue in the optional data of TD1 and TD2. *n_lines lines are written. LW_EINVAL names the
 * field that does not fit or has a character that cannot be printed. */
int lw_mrz_make(char lines[LW_MRZ_LINES][LW_MRZ_COLUMNS + 1], size_t *n_lines,
                enum lw_mrz_format format, const struct lw_mrz_holder *h, struct lw_why *why);

#endif
