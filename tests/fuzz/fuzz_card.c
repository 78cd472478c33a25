/* A model card; one that is accepted must have a calibration that can be used. */
#include <math.h>
#include <stdlib.h>

#include "nn/card.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    LW_AUTO_MEM(struct lw_card) card = calloc(1, sizeof(*card));
    float threshold;
    if (!card || lw_card_parse(card, (struct lw_span){.data = data, .n = n}, NULL) < 0)
        return 0;
    for (size_t i = 0; i < card->n_calibration; i++) {
        const struct lw_calibration_point *p = &card->calibration[i];
        if (lw_calibration_threshold_at(card->calibration, card->n_calibration, p->fmr,
                                        &threshold) < 0 ||
            !isfinite(threshold))
            abort();
    }
    return 0;
}
