// A statement is a constant made at build time from a module's .sql file
// (cmake/make_statements.cmake). There is no other way to give SQL to a connection that callers
// above the waist can reach, so SQL built at run time does not compile.
#pragma once

#include <cstddef>
#include <string_view>

namespace bw::pg {

class Statement {
public:
    /// `name` is unique in the program: it is the prepared statement's name. `text` has parameters
    /// $1..$parameters.
    consteval Statement(const char* name, std::size_t parameters, const char* text)
        : name_(name), text_(text), parameters_(parameters),
          reads_only_(std::string_view(text).starts_with("select")) {
        if (std::string_view(text).empty())
            throw "an empty statement";
    }
    const char* name() const { return name_; }
    const char* text() const { return text_; }
    std::size_t parameters() const { return parameters_; }
    /// A plain SELECT: losing the connection under it leaves nothing in doubt. (A selected function
    /// that writes does.)
    bool reads_only() const { return reads_only_; }

private:
    const char* name_;
    const char* text_;
    std::size_t parameters_;
    bool reads_only_;
};

} // namespace bw::pg
