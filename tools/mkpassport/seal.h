/* tools/mkpassport/seal.h - makes visible digital seals of Utopia and who vouches for them, right
 * or with one deliberate fault, for tests. */
#ifndef LW_TOOLS_MKPASSPORT_SEAL_H
#define LW_TOOLS_MKPASSPORT_SEAL_H

#include "passport.h"

enum mks_kind { MKS_VISA_A, MKS_VISA_B, MKS_ETD };

struct mks_opts {
    enum mks_kind kind;
    int version;           /* 3 or 4, 0: 4 */
    const char *key;       /* a curve, default "brainpoolP256r1" */
    const char *lines[2];  /* MRZ, default the specimens of Doc 9303-7 and -8 */
    const char *reference; /* of the certificate, default "5B"; five digits in version 3 */
    const char *fault;     /* one of mks_faults, NULL: none */
};
extern const struct mkp_fault mks_faults[];
extern const size_t mks_faults_n;

struct mks_seal {
    struct lw_strbuf bytes;             /* what the barcode holds */
    struct lw_strbuf csca, signer, crl; /* DER */
    const char *lines[2];
};
/* LW_EINVAL for a fault, key or text that is not known. */
int mks_make(struct mks_seal *out, const struct mks_opts *opts);
void mks_clear(struct mks_seal *s);
/* Write seal.bin and mrz.txt into dir, csca.cer, signer.cer and csca.crl into trust_dir. */
int mks_write(const struct mks_seal *s, const char *dir, const char *trust_dir, struct lw_why *why);

#endif
