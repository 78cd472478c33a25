#include "sim/papers.h"

#include <stdio.h>
#include <string.h>

#include "doc/mrz.h"
#include "img/geom.h"

int lw_sim_portrait_cut(struct lw_image **out, const struct lw_sim_photo *photo)
{
    const struct lw_rect *b = &photo->face.box;
    const struct lw_image *im = photo->image;
    const float cx = b->x + 0.5f * b->w, cy = b->y + 0.46f * b->h;
    /* As much as the photograph has, at most 2.1 face heights, never wider than it is. */
    const float h = lw_minf(2.1f * b->h, (float)im->height);
    const float w = lw_minf(0.8f * h, (float)im->width);
    const float x = lw_clampf(cx - 0.5f * w, 0, (float)im->width - w);
    const float y = lw_clampf(cy - 0.5f * h, 0, (float)im->height - h);
    LW_AUTO(lw_image) cut = NULL;
    int r = lw_image_crop(&cut, im, (int)x, (int)y, (int)w, (int)h);
    if (r < 0)
        return r;
    if (cut->height > 480) {
        struct lw_image *small = NULL;
        r = lw_image_resize(&small, cut, lw_maxi(1, cut->width * 480 / cut->height), 480);
        if (r < 0)
            return r;
        lw_image_unref(&cut);
        cut = small;
    }
    *out = cut;
    cut = NULL;
    return LW_OK;
}

/* Consonant and vowel in turn: sayable, and nobody's. */
static void invent_name(char *out, size_t syllables, struct lw_rng *r)
{
    static const char consonants[] = "BDFGHKLMNPRSTVZ", vowels[] = "AEIOU";
    for (size_t i = 0; i < syllables; i++) {
        *out++ = consonants[lw_rng_below(r, sizeof(consonants) - 1)];
        *out++ = vowels[lw_rng_below(r, sizeof(vowels) - 1)];
    }
    *out = '\0';
}

static void invent_date(char out[7], uint32_t first_year, uint32_t years, struct lw_rng *r)
{
    const uint32_t year = (first_year + lw_rng_below(r, years)) % 100;
    snprintf(out, 7, "%02u%02u%02u", year % 100, 1 + lw_rng_below(r, 12), 1 + lw_rng_below(r, 28));
}

int lw_sim_papers_print(struct lw_sim_document *d, struct lw_rng *r, struct lw_why *why)
{
    static const char *const classes[] = {"citizen",  "citizen",    "citizen",
                                          "resident", "noncitizen", "noncitizen"};
    char surname[16], given[16], number[10], birth[7], expiry[7];
    invent_name(surname, 3 + lw_rng_below(r, 2), r);
    invent_name(given, 2 + lw_rng_below(r, 2), r);
    snprintf(number, sizeof(number), "%c%c%07u", 'A' + lw_rng_below(r, 26),
             'A' + lw_rng_below(r, 26), lw_rng_below(r, 10000000));
    invent_date(birth, 50, 50, r);
    invent_date(expiry, 28, 8, r);
    const struct lw_mrz_holder h = {.document_code = "P",
                                    .issuing_state = "UTO",
                                    .surname = surname,
                                    .given_names = given,
                                    .document_number = number,
                                    .nationality = "UTO",
                                    .birth_date = birth,
                                    .expiry_date = expiry,
                                    .sex = '<'};
    char lines[LW_MRZ_LINES][LW_MRZ_COLUMNS + 1];
    size_t n = 0;
    const int e = lw_mrz_make(lines, &n, LW_MRZ_TD3, &h, why);
    if (e < 0)
        return e;
    memcpy(d->mrz[0], lines[0], 45);
    memcpy(d->mrz[1], lines[1], 45);
    d->person_class = classes[lw_rng_below(r, LW_COUNT(classes))];
    return LW_OK;
}
