#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "scene.h"

static void put(char *s, size_t n, const char *alphabet, struct lw_rng *rng)
{
    for (size_t i = 0; i < n; i++)
        s[i] = alphabet[lw_rng_below(rng, (uint32_t)strlen(alphabet))];
    s[n] = '\0';
}

static void put_date(char s[7], struct lw_rng *rng)
{
    snprintf(s, 7, "%02u%02u%02u", lw_rng_below(rng, 100), 1 + lw_rng_below(rng, 12),
             1 + lw_rng_below(rng, 28));
}

/* Half of them the standard's own specimen names, half any letters. */
static void put_names(char surname[20], char given[24], struct lw_rng *rng)
{
    static const char *const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    if (lw_rng_below(rng, 2)) {
        strcpy(surname, "ERIKSSON");
        strcpy(given, "ANNA MARIA");
        return;
    }
    put(surname, 4 + lw_rng_below(rng, 9), letters, rng);
    put(given, 10, letters, rng);
    given[4] = ' ';
}

void scene_document(struct scene_text *text, enum lw_mrz_format format, struct lw_rng *rng)
{
    static const char *const any = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    static const char *const codes[] = {NULL, "I", "I", "P", "V", "V"};
    char surname[20], given[24], number[10], birth[7], expiry[7], optional[12];
    put_names(surname, given, rng);
    put(number, 7 + lw_rng_below(rng, 3), any, rng);
    put(optional, lw_rng_below(rng, 8), any, rng);
    put_date(birth, rng);
    put_date(expiry, rng);
    const struct lw_mrz_holder h = {.document_code = codes[format],
                                    .issuing_state = "UTO",
                                    .surname = surname,
                                    .given_names = given,
                                    .document_number = number,
                                    .nationality = "UTO",
                                    .birth_date = birth,
                                    .expiry_date = expiry,
                                    .sex = "MF<"[lw_rng_below(rng, 3)],
                                    .optional_data = optional};
    const int r = lw_mrz_make(text->lines, &text->n, format, &h, NULL);
    assert(r == LW_OK);
    LW_UNUSED(r);
}
