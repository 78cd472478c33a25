#include "face/template.h"

#include <stdlib.h>
#include <string.h>

int lw_template_new(struct lw_template **out, const char *model, uint32_t n_bytes)
{
    struct lw_template *t = calloc(1, sizeof(*t) + n_bytes);
    if (strlen(model) >= sizeof(t->model)) {
        free(t);
        return LW_EINVAL;
    }
    if (!t)
        return LW_ENOMEM;
    memcpy(t->model, model, strlen(model) + 1);
    t->n = n_bytes;
    *out = t;
    return LW_OK;
}

int lw_template_dup(struct lw_template **out, const struct lw_template *t)
{
    struct lw_template *copy;
    int r = lw_template_new(&copy, t->model, t->n);
    if (r < 0)
        return r;
    copy->quality = t->quality;
    memcpy(copy->data, t->data, t->n);
    *out = copy;
    return LW_OK;
}

void lw_template_free(struct lw_template **t)
{
    if (!*t)
        return;
    lw_wipe(*t, sizeof(**t) + (*t)->n);
    free(*t);
    *t = NULL;
}
