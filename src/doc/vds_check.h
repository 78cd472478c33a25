/* doc/vds_check.h - is a seal right, and does it belong to what is printed beside it? The rules
 * are those of ICAO 9303-13 appendix D, 9303-7 section 9.4 and 9303-8 appendix A. */
#ifndef LW_DOC_VDS_CHECK_H
#define LW_DOC_VDS_CHECK_H

#include "doc/mrz.h"
#include "doc/pa.h"
#include "doc/vds.h"

enum lw_vds_signature {
    LW_VDS_SIGNATURE_UNCHECKED, /* the signer's certificate is not here */
    LW_VDS_SIGNATURE_VALID,
    LW_VDS_SIGNATURE_INVALID
};
const char *lw_vds_signature_name(enum lw_vds_signature s);

enum { LW_VDS_FINDINGS_MAX = 48 };
struct lw_vds_finding {
    char rule[24]; /* "signature", ...: see docs/formats/vds.md */
    char text[LW_PA_TEXT];
};

/* How long a visa's holder may stay (9303-7 table 1). */
enum lw_vds_stay {
    LW_VDS_STAY_NONE,
    LW_VDS_STAY_UNTIL,
    LW_VDS_STAY_BORDER,
    LW_VDS_STAY_TRANSIT,
    LW_VDS_STAY_FOR
};
const char *lw_vds_stay_name(enum lw_vds_stay s);

struct lw_vds_check {
    struct lw_vds seal; /* borrows the input */
    bool readable;      /* else only the findings say something */
    enum lw_pa_verdict verdict;
    enum lw_vds_signature signature;
    enum lw_pa_chain chain;
    char signer[LW_CERT_NAME], authority[LW_CERT_NAME]; /* "" where unknown */
    bool has_mrz;
    char lines[2][LW_MRZ_COLUMNS + 1]; /* what a visa's seal leaves out are fillers */
    struct lw_mrz mrz;
    int entries; /* -1: not said; 0: as many as the holder likes */
    enum lw_vds_stay stay;
    uint8_t days, months, years; /* of LW_VDS_STAY_FOR */
    char passport_number[12];    /* "" where it says none */
    size_t n_findings;
    struct lw_vds_finding findings[LW_VDS_FINDINGS_MAX];
};

/* trust may be NULL: nobody is trusted. What is wrong with the seal is in *out; faults are ours. */
int lw_vds_check(struct lw_vds_check *out, struct lw_span bytes, const struct lw_trust *trust,
                 int64_t now_utc_us, struct lw_why *why);

/* What is known of a seal at which the decoder was stopped. */
void lw_vds_make_refused(struct lw_vds_check *out, const char *text);

/* Compare with a MRZ printed beside it: that of the sealed document, or, for a visa, that of the
 * passport. Adds findings and changes the verdict. */
void lw_vds_compare(struct lw_vds_check *c, const struct lw_mrz *printed);

/* Valid; unknown features alone are no matter (9303-13 2.3.1). */
bool lw_vds_ok(const struct lw_vds_check *c);

void lw_vds_put_json(struct lw_strbuf *b, const struct lw_vds_check *c);
void lw_vds_put_card(struct lw_strbuf *b, const struct lw_vds_check *c);
/* What a feature is called: "mrz", "entries"; NULL for one that is not known. */
const char *lw_vds_feature_name(enum lw_vds_kind kind, uint8_t tag);

#endif
