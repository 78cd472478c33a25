#include "app/decoding.h"

int lw_app_open_decoder(struct lw_decoder **out, const struct lw_opt_list *trust, bool weak,
                        struct lw_why *why)
{
    struct lw_decoder_opts opts = LW_DECODER_DEFAULTS;
    if (trust) {
        opts.trust = trust->v;
        opts.n_trust = trust->n;
    }
    opts.partial = weak;
    return lw_decoder_new(out, &opts, why);
}
