// What `bellwether extract` does, as a program of its own for this module's tests.
#include <unistd.h>

#include "pipeline/extract.hpp"

int main() {
    _exit(bw::pipeline::docx_child());
}
