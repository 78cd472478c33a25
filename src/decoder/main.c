/* lanewise-decoder: documents are decoded here, where nothing can be reached. */
#include "decoder/nursery.h"

int main(int argc, char **argv)
{
    return lw_nursery_main(argc, argv, lw_work);
}
