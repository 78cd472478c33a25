/* face/template.h - a face embedding with the id of the model that made it.
 * One owner. Biometric bytes: _free wipes them. */
#ifndef LW_FACE_TEMPLATE_H
#define LW_FACE_TEMPLATE_H

#include "base/strbuf.h"

struct lw_template {
    char model[64]; /* lw_matcher_api.model_id */
    float quality;  /* 0..100, how well it will compare: the matcher's estimate where it rates, else
                       the face's quality; of a fused one the weighted mean */
    uint32_t n;     /* bytes */
    uint8_t data[]; /* aligned for float */
};

int lw_template_new(struct lw_template **out, const char *model, uint32_t n_bytes);
int lw_template_dup(struct lw_template **out, const struct lw_template *t);
void lw_template_free(struct lw_template **t); /* wipes; NULL-safe */

enum { LW_TEMPLATE_BYTES_MAX = 1024 * 1024 }; /* of a template's file */
/* As bytes for a store (docs/formats/template.md): wipe them. LW_EINVAL for a model id that is not
 * 1 to 63 printable characters, or a quality outside of 0..100. */
int lw_template_print(struct lw_strbuf *out, const struct lw_template *t);
/* Strict inverse. LW_EFORMAT, LW_ETRUNC, LW_EUNSUP for a newer version. */
int lw_template_parse(struct lw_template **out, struct lw_span bytes, struct lw_why *why);

#endif
