// The program `bellwether`.
#include <sodium.h>
#include <unistd.h>

#include <string_view>

#include "app/command_line.hpp"
#include "pipeline/extract.hpp"

int main(int argc, char** argv) {
    if (argc == 2 && std::string_view(argv[1]) == "extract") // ourselves, in the sandbox
        _exit(bw::pipeline::docx_child());
    if (sodium_init() < 0)
        return 1;
    return bw::app::run(argc, argv);
}
