/* doc/lds.h - the files of a chip's logical data structure (ICAO 9303-10): which there are, the
 * bytes of each as read, and the ones that are simple enough to be read here. */
#ifndef LW_DOC_LDS_H
#define LW_DOC_LDS_H

#include "doc/tlv.h"

/* Data groups are their own numbers. */
enum lw_lds_id {
    LW_LDS_DG1 = 1,
    LW_LDS_DG2 = 2,
    LW_LDS_DG3 = 3,
    LW_LDS_DG4 = 4,
    LW_LDS_DG7 = 7,
    LW_LDS_DG11 = 11,
    LW_LDS_DG12 = 12,
    LW_LDS_DG14 = 14,
    LW_LDS_DG15 = 15,
    LW_LDS_DG16 = 16,
    LW_LDS_COM,
    LW_LDS_SOD,
    LW_LDS_CARD_ACCESS,
    LW_LDS_CARD_SECURITY,
    LW_LDS_COUNT
};

struct lw_lds_info {
    const char *name;      /* "DG1", "EF_SOD": what findings say */
    const char *file_name; /* "DG1.bin" */
    uint32_t
        tag; /* of the outermost element; 0: none of its own (EF.CardAccess, EF.CardSecurity) */
};
const struct lw_lds_info *lw_lds_info(enum lw_lds_id ef); /* 1..LW_LDS_COUNT-1 */
/* The data group whose file begins with that tag, 0 for none. */
enum lw_lds_id lw_lds_of_tag(uint32_t tag);

/* The files of one document. Owner of the bytes. */
struct lw_lds {
    struct lw_span files[LW_LDS_COUNT]; /* data NULL: absent */
    void *held[LW_LDS_COUNT];
};
enum { LW_LDS_FILE_BYTES_MAX = 4 * 1024 * 1024 };

/* The files with the names above in a folder; others are left alone. LW_ENOTFOUND: no such folder,
 * or none of these files in it. */
int lw_lds_load(struct lw_lds **out, const char *dir, struct lw_why *why);
/* A copy of bytes as that file. */
int lw_lds_put(struct lw_lds *lds, enum lw_lds_id ef, struct lw_span bytes);
int lw_lds_new(struct lw_lds **out);
void lw_lds_free(struct lw_lds **lds); /* overwrites what it held */

/* EF.COM (9303-10 4.7.1): which groups the chip says it has. */
struct lw_com {
    char lds_version[5];     /* "0107", "" where absent */
    char unicode_version[7]; /* "040000" */
    uint32_t groups;         /* bit n: data group n */
    unsigned unknown_tags;
};
int lw_com_parse(struct lw_com *out, struct lw_span file, struct lw_why *why);

/* DG1 (4.7.1): the MRZ, 72, 88 or 90 characters, borrowed. */
int lw_dg1_parse(struct lw_span *mrz, struct lw_span file, struct lw_why *why);

/* DG7 (4.7.7): signatures or usual marks as pictures, borrowed. */
enum { LW_DG7_PICTURES_MAX = 9 };
struct lw_dg7 {
    size_t n;
    struct lw_span pictures[LW_DG7_PICTURES_MAX];
};
int lw_dg7_parse(struct lw_dg7 *out, struct lw_span file, struct lw_why *why);

/* DG11 and DG12 (4.7.11, 4.7.12): what else is written about holder and document. Text is UTF-8 of
 * the chip's choice; the bytes are borrowed. '<' stands for a space in most of it. */
struct lw_detail {
    char name[24]; /* "full_name", "place_of_birth", ...: see docs/formats/lds.md */
    struct lw_span value;
    bool text; /* false: a picture or bytes without meaning to a reader */
};
enum { LW_DETAILS_MAX = 32 };
struct lw_details {
    size_t n;
    unsigned unknown_tags;
    struct lw_detail v[LW_DETAILS_MAX];
};
int lw_dg11_parse(struct lw_details *out, struct lw_span file, struct lw_why *why);
int lw_dg12_parse(struct lw_details *out, struct lw_span file, struct lw_why *why);

/* DG15 (4.7.15): the SubjectPublicKeyInfo of active authentication, borrowed. */
int lw_dg15_parse(struct lw_span *spki, struct lw_span file, struct lw_why *why);

/* Open a file's outermost element, which must be the only one, and enter it. */
int lw_lds_open(struct lw_tlv_reader *inside, struct lw_tlv_limits *limits, uint32_t tag,
                struct lw_span file, struct lw_why *why);

#endif
