// The program `bellwether`.
#include <sodium.h>

#include "app/command_line.hpp"

int main(int argc, char** argv) {
    if (sodium_init() < 0)
        return 1;
    return bw::app::run(argc, argv);
}
