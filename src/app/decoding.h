/* app/decoding.h - the decoder as the commands open it. */
#ifndef LW_APP_DECODING_H
#define LW_APP_DECODING_H

#include "app/opts.h"
#include "decoder/decoder.h"

/* Option of every command that decodes documents; put it in the table, with a bool in the struct.
 */
#define LW_APP_DECODER_OPT(T, member)                                                              \
    {                                                                                              \
        "weak-sandbox", LW_OPT_FLAG, offsetof(T, member), NULL, 0, 0,                              \
            "Decode documents even where this kernel cannot confine that wholly (see doctor)."     \
    }

/* trust: files and folders, read by the decoder; NULL: nobody is trusted. */
int lw_app_open_decoder(struct lw_decoder **out, const struct lw_opt_list *trust, bool weak,
                        struct lw_why *why);

#endif
