// The program in which the library has libhdf5 read files: a damaged or hostile one ends this process, not
// its host.
#include <CReader.h>

int main(int count, char **arguments) { return tw_reader_main(count, arguments); }
