/* card/files.h - the files of a travel document's chip (ICAO 9303-10) and how one is read. */
#ifndef LW_CARD_FILES_H
#define LW_CARD_FILES_H

#include "card/channel.h"

enum lw_ef {
    LW_EF_CARD_ACCESS,
    LW_EF_CARD_SECURITY,
    LW_EF_COM,
    LW_EF_SOD,
    LW_EF_DG1,
    LW_EF_DG2 = LW_EF_DG1 + 1,
    LW_EF_DG3 = LW_EF_DG1 + 2, /* fingerprints: recognised, never read */
    LW_EF_DG4 = LW_EF_DG1 + 3, /* irises: recognised, never read */
    LW_EF_DG14 = LW_EF_DG1 + 13,
    LW_EF_DG15 = LW_EF_DG1 + 14,
    LW_EF_DG16 = LW_EF_DG1 + 15,
    LW_EF_COUNT
};

struct lw_ef_info {
    char name[16]; /* "EF_COM", "DG1": the name of its file in an LDS folder, without .bin */
    uint16_t id;
    uint8_t tag;
    bool master; /* in the master file, not in the application */
};
const struct lw_ef_info *lw_ef_info(enum lw_ef ef);

/* The data group with this tag, as EF.COM lists them; LW_EF_COUNT: none. */
enum lw_ef lw_ef_of_tag(uint8_t tag);

enum lw_ef_state {
    LW_EF_UNTRIED,
    LW_EF_READ,
    LW_EF_ABSENT, /* the chip has no such file */
    LW_EF_DENIED, /* not with this access */
    LW_EF_BROKEN  /* note says how */
};
const char *lw_ef_state_name(enum lw_ef_state s); /* "read" */

struct lw_ef_file {
    enum lw_ef_state state;
    struct lw_strbuf bytes; /* what was read so far; all of it when state is LW_EF_READ */
    size_t total;           /* as the file's first bytes say; 0: not known yet */
    char note[LW_WHY_TEXT]; /* why it is not read; else "" */
};
void lw_ef_file_clear(struct lw_ef_file *f); /* wipes */

struct lw_ef_read_opts {
    size_t chunk;     /* bytes for each command; 0: what fits a short answer */
    size_t max_bytes; /* of one file */
    void (*progress)(void *ctx, enum lw_ef ef, size_t done, size_t total); /* may be NULL */
    void *ctx;
};

/* Read the file, or the rest of it where f->bytes has a beginning. What this chip says or does not
 * have is f->state. Faults: those of lw_channel_send; f keeps what it has, and says so where it is
 * an answer about it that ended the session. why must not be NULL. */
int lw_ef_read(struct lw_channel *c, enum lw_ef ef, const struct lw_ef_read_opts *opts,
               struct lw_ef_file *f, struct lw_why *why);

/* Does the card say that it takes extended length, in its answer to reset or in EF.ATR/INFO
 * (ISO/IEC 7816-4 12.1.1)? Returns the largest answer it sends, 0: short ones only. Selects in the
 * master file; not under secure messaging. *out is 0 on faults. */
int lw_card_extended(struct lw_channel *c, size_t *out, struct lw_why *why);

#endif
