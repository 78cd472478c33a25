#include "doc/mrz_layout.h"

#define AT(l, c, w)                                                                                \
    {                                                                                              \
        .line = (l), .column = (c), .n = (w)                                                       \
    }
#define SLOT(f, a, l, c, w)                                                                        \
    {                                                                                              \
        .field = LW_MRZ_##f, .alphabet = LW_MRZ_##a, .at = AT(l, c, w)                             \
    }
/* A check digit that stands right behind the w characters it checks. */
#define CHECK(f, l, c, w)                                                                          \
    {                                                                                              \
        .field = LW_MRZ_##f, .digit = AT(l, (c) + (w), 1), .n = 1, .over = { AT(l, c, w) }         \
    }

/* Parts 4, 6 and 7 share the upper line and the lower one up to the expiry date (4.2.2 of each). */
#define TWO_LINE_SLOTS(columns)                                                                    \
    SLOT(DOCUMENT_CODE, CODE, 0, 0, 2), SLOT(ISSUING_STATE, LETTERS, 0, 2, 3),                     \
        SLOT(SURNAME, LETTERS, 0, 5, (columns)-5), SLOT(DOCUMENT_NUMBER, ANY, 1, 0, 9),            \
        SLOT(NATIONALITY, LETTERS, 1, 10, 3), SLOT(BIRTH_DATE, DIGITS, 1, 13, 6),                  \
        SLOT(SEX, SEXES, 1, 20, 1), SLOT(EXPIRY_DATE, DIGITS, 1, 21, 6)
#define TWO_LINE_CHECKS                                                                            \
    CHECK(DOCUMENT_NUMBER, 1, 0, 9), CHECK(BIRTH_DATE, 1, 13, 6), CHECK(EXPIRY_DATE, 1, 21, 6)

static const struct lw_mrz_layout layouts[] = {
    {.format = LW_MRZ_TD1, /* part 5, 4.2.2 and 4.2.4 */
     .lines = 3,
     .columns = 30,
     .n_slots = 10,
     .slots = {SLOT(DOCUMENT_CODE, CODE, 0, 0, 2), SLOT(ISSUING_STATE, LETTERS, 0, 2, 3),
               SLOT(DOCUMENT_NUMBER, ANY, 0, 5, 9), SLOT(OPTIONAL_DATA, ANY, 0, 15, 15),
               SLOT(BIRTH_DATE, DIGITS, 1, 0, 6), SLOT(SEX, SEXES, 1, 7, 1),
               SLOT(EXPIRY_DATE, DIGITS, 1, 8, 6), SLOT(NATIONALITY, LETTERS, 1, 15, 3),
               SLOT(OPTIONAL_DATA_2, ANY, 1, 18, 11), SLOT(SURNAME, LETTERS, 2, 0, 30)},
     .n_checks = 4,
     .checks = {CHECK(DOCUMENT_NUMBER, 0, 5, 9),
                CHECK(BIRTH_DATE, 1, 0, 6),
                CHECK(EXPIRY_DATE, 1, 8, 6),
                {.field = LW_MRZ_COMPOSITE,
                 .digit = AT(1, 29, 1),
                 .n = 4,
                 .over = {AT(0, 5, 25), AT(1, 0, 7), AT(1, 8, 7), AT(1, 18, 11)}}}},
    {.format = LW_MRZ_TD2, /* part 6, 4.2.2 and 4.2.4 */
     .lines = 2,
     .columns = 36,
     .n_slots = 9,
     .slots = {TWO_LINE_SLOTS(36), SLOT(OPTIONAL_DATA, ANY, 1, 28, 7)},
     .n_checks = 4,
     .checks = {TWO_LINE_CHECKS,
                {.field = LW_MRZ_COMPOSITE,
                 .digit = AT(1, 35, 1),
                 .n = 3,
                 .over = {AT(1, 0, 10), AT(1, 13, 7), AT(1, 21, 14)}}}},
    {.format = LW_MRZ_TD3, /* part 4, 4.2.2 and 4.2.4 */
     .lines = 2,
     .columns = 44,
     .n_slots = 9,
     .slots = {TWO_LINE_SLOTS(44), SLOT(OPTIONAL_DATA, ANY, 1, 28, 14)},
     .n_checks = 5,
     .checks = {TWO_LINE_CHECKS,
                CHECK(OPTIONAL_DATA, 1, 28, 14),
                {.field = LW_MRZ_COMPOSITE,
                 .digit = AT(1, 43, 1),
                 .n = 3,
                 .over = {AT(1, 0, 10), AT(1, 13, 7), AT(1, 21, 22)}}}},
    {.format = LW_MRZ_MRV_A, /* part 7, 4.2.2: visas have no composite */
     .lines = 2,
     .columns = 44,
     .n_slots = 9,
     .slots = {TWO_LINE_SLOTS(44), SLOT(OPTIONAL_DATA, ANY, 1, 28, 16)},
     .n_checks = 3,
     .checks = {TWO_LINE_CHECKS}},
    {.format = LW_MRZ_MRV_B, /* part 7, 5.2.2 */
     .lines = 2,
     .columns = 36,
     .n_slots = 9,
     .slots = {TWO_LINE_SLOTS(36), SLOT(OPTIONAL_DATA, ANY, 1, 28, 8)},
     .n_checks = 3,
     .checks = {TWO_LINE_CHECKS}},
    {.format = LW_MRZ_ID_FRA, /* surname and given names in fields of their own, no expiry date */
     .lines = 2,
     .columns = 36,
     .n_slots = 8,
     .slots = {SLOT(DOCUMENT_CODE, CODE, 0, 0, 2), SLOT(ISSUING_STATE, LETTERS, 0, 2, 3),
               SLOT(SURNAME, LETTERS, 0, 5, 25), SLOT(OPTIONAL_DATA, ANY, 0, 30, 6),
               SLOT(DOCUMENT_NUMBER, ANY, 1, 0, 12), SLOT(GIVEN_NAMES, LETTERS, 1, 13, 14),
               SLOT(BIRTH_DATE, DIGITS, 1, 27, 6), SLOT(SEX, SEXES, 1, 34, 1)},
     .n_checks = 3,
     .checks = {CHECK(DOCUMENT_NUMBER, 1, 0, 12),
                CHECK(BIRTH_DATE, 1, 27, 6),
                {.field = LW_MRZ_COMPOSITE,
                 .digit = AT(1, 35, 1),
                 .n = 2,
                 .over = {AT(0, 0, 36), AT(1, 0, 35)}}}},
};

const struct lw_mrz_layout *lw_mrz_layout_of(enum lw_mrz_format format)
{
    for (size_t i = 0; i < LW_COUNT(layouts); i++)
        if (layouts[i].format == format)
            return &layouts[i];
    return NULL;
}

const struct lw_mrz_slot *lw_mrz_slot_of(const struct lw_mrz_layout *l, enum lw_mrz_field field)
{
    for (size_t i = 0; i < l->n_slots; i++)
        if (l->slots[i].field == field)
            return &l->slots[i];
    return NULL;
}

const char *lw_mrz_format_name(enum lw_mrz_format f)
{
    static const char *const names[LW_MRZ_FORMATS] = {NULL,    "TD1",   "TD2",   "TD3",
                                                      "MRV-A", "MRV-B", "ID-FRA"};
    return names[f];
}

const char *lw_mrz_field_name(enum lw_mrz_field f)
{
    static const char *const names[LW_MRZ_FIELDS] = {
        "mrz",         "document_code",   "issuing_state", "surname",
        "given_names", "document_number", "nationality",   "birth_date",
        "sex",         "expiry_date",     "optional_data", "optional_data_2",
        "composite"};
    return names[f];
}

const char *lw_mrz_rule_name(enum lw_mrz_rule r)
{
    static const char *const names[LW_MRZ_RULES] = {"check_digit", "alphabet", "length",
                                                    "line_count",  "date",     "filler",
                                                    "empty",       "no_mrz",   "decoder_refused"};
    return names[r];
}
