/* app/subject.h - a person is named by a document that they hold in their hands: STATE/NUMBER. */
#ifndef LW_APP_SUBJECT_H
#define LW_APP_SUBJECT_H

#include "base/base.h"

struct lw_subject {
    char state[4];   /* issuing state as in the MRZ, "UTO" */
    char number[24]; /* document number */
};

/* "UTO/L898902C3"; lower case counts as upper case. option goes into the message. */
int lw_subject_parse(struct lw_subject *out, const char *option, const char *text,
                     struct lw_why *why);

#endif
