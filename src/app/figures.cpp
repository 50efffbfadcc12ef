#include "app/figures.hpp"

#include <algorithm>
#include <cmath>

#include "base/ensure.hpp"

namespace bw::app {

Figures::Figures(JsonWriter& json, std::span<const FigureKind> kinds, std::string missing)
    : json_(json), kinds_(kinds), figures_(kinds.size(), Figure{{}, std::move(missing)}) {
    json_.object();
}

Figures::Figure& Figures::figure(std::string_view name) {
    const auto kind = std::ranges::find(kinds_, name, &FigureKind::name);
    ENSURE(kind != kinds_.end(), "a figure without a meaning");
    return figures_[static_cast<std::size_t>(kind - kinds_.begin())];
}

Figures& Figures::set(std::string_view name, Value value) {
    figure(name) = {std::move(value), {}};
    return *this;
}

Figures& Figures::missing(std::string_view name, std::string why) {
    figure(name) = {{}, std::move(why)};
    return *this;
}

void Figures::write() {
    for (std::size_t i = 0; i < kinds_.size(); ++i) {
        const auto& [value, missing] = figures_[i];
        json_.key(kinds_[i].name).object().key("value");
        std::visit(
            [&](const auto& known) {
                if constexpr (std::is_same_v<std::decay_t<decltype(known)>, std::monostate>)
                    json_.null();
                else
                    json_.value(known);
            },
            value);
        json_.key("metric");
        kinds_[i].metric ? json_.value(kinds_[i].metric) : json_.null();
        json_.key("missing");
        std::holds_alternative<std::monostate>(value) ? json_.value(missing) : json_.null();
        json_.end();
    }
}

std::string figures_schema(std::span<const FigureKind> kinds,
                           const std::vector<std::pair<std::string, std::string>>& others) {
    JsonWriter json;
    json.object().member("type", "object").key("properties").object();
    for (const FigureKind& kind : kinds)
        json.key(kind.name)
            .object()
            .member("$ref", "#/components/schemas/Figure")
            .member("description", kind.meaning)
            .end();
    for (const auto& [name, schema] : others)
        json.key(name).raw(schema);
    json.end().key("required").array();
    for (const FigureKind& kind : kinds)
        json.value(kind.name);
    for (const auto& [name, schema] : others)
        json.value(name);
    json.end().end();
    return json.take();
}

} // namespace bw::app
