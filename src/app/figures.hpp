// Figures that operators are shown: what each one means stands in one table, from which the API's
// document is made too. What could not be learnt is said to be missing, and why; it is never 0.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/json.hpp"

namespace bw::app {

struct FigureKind {
    const char* name;
    const char* metric; // of /metrics, which has the same; null: it has none
    const char* meaning;
};

/// One object of figures. Every kind of its table is in it, whether it was set or not.
class Figures {
public:
    /// Begins the object in `json`. `missing`: why what is not set is not known.
    Figures(JsonWriter& json, std::span<const FigureKind> kinds, std::string missing);

    using Value =
        std::variant<std::monostate, std::uint64_t, std::int64_t, double, bool, std::string>;
    /// `name` is in the table.
    Figures& set(std::string_view name, Value value);
    Figures& missing(std::string_view name, std::string why);
    /// Writes the figures; the object is still open, for members that are none.
    void write();

private:
    struct Figure {
        Value value;
        std::string missing;
    };
    Figure& figure(std::string_view name);

    JsonWriter& json_;
    const std::span<const FigureKind> kinds_;
    std::vector<Figure> figures_;
};

/// JSON Schema of a figure, and of an object with these figures and `others` (members as JSON text,
/// by name).
constexpr std::string_view figure_schema = R"({
    "type": "object",
    "properties": {
        "value": {"type": ["number", "boolean", "string", "null"], "description": "Null: it is missing."},
        "metric": {"type": ["string", "null"], "description": "The metric of /metrics that says the same; null: there is none."},
        "missing": {"type": ["string", "null"], "description": "Why there is no value; null: there is one."}
    },
    "required": ["value", "metric", "missing"]
})";
std::string figures_schema(std::span<const FigureKind> kinds,
                           const std::vector<std::pair<std::string, std::string>>& others = {});

} // namespace bw::app
