// Programs that a test starts, and ports for them. For test programs only.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace bw::test {

/// Another process may take it before its program does: then that ends, and is started elsewhere.
std::uint16_t free_port();
bool listens(std::uint16_t port);

/// Standard input from /dev/null and output to ours where they are -1. A program that does not
/// start ends the test program.
pid_t spawn(const std::vector<std::string>& arguments, int in = -1, int out = -1);

/// A program's standard output, read as it comes. Killed when this ends.
class Reader {
public:
    explicit Reader(const std::vector<std::string>& arguments);
    ~Reader();
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    /// For the program's standard input.
    void write(const std::string& bytes);
    /// All until `end` has come; what has come if the program ends, or stays silent for 20 s,
    /// before.
    std::string until(const std::string& end);
    /// All until the program ends.
    std::string rest();

private:
    bool more();
    pid_t child_ = 0;
    int in_ = -1, out_ = -1;
    std::string buffer_;
};

} // namespace bw::test
