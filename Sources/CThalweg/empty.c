// A C target needs a source; CThalweg is a header.
#include "CThalweg.h"
