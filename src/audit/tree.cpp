#include "audit/tree.hpp"

#include "audit/audit_sql.hpp"

namespace bw::audit {

namespace {

constexpr std::int32_t page_rows = 1'000;

Bytes joined(const std::vector<Sha256>& hashes) {
    Bytes out;
    for (const Sha256& hash : hashes)
        out += view(hash);
    return out;
}

Result<MerkleFrontier> frontier_from(std::int64_t size, ByteView subtrees) {
    std::vector<Sha256> hashes;
    for (; subtrees.size() >= sizeof(Sha256); subtrees.remove_prefix(sizeof(Sha256)))
        hashes.push_back(*to_array<sizeof(Sha256)>(subtrees.substr(0, sizeof(Sha256))));
    auto frontier = MerkleFrontier::from(static_cast<std::uint64_t>(size), std::move(hashes));
    if (!frontier || !subtrees.empty())
        return fail(Code::corrupt, "the audit tree's stored edge does not fit its size");
    return *std::move(frontier);
}

StoredEvent event_in(const pg::Rows& rows, int row) {
    return {rows.id<AuditEventId>(row, 2),
            rows.instant(row, 3),
            std::string(rows.text(row, 4)),
            std::string(rows.text(row, 5)),
            std::string(rows.text(row, 6)),
            std::string(rows.text(row, 7)),
            std::nullopt};
}

/// The leaf as the stored event says it; nullopt: erased, so that it cannot be computed any more.
Result<std::optional<Sha256>> computed_leaf(TenantId tenant, const pg::Rows& rows, int row,
                                            const SubjectKeys& keys) {
    StoredEvent event = event_in(rows, row);
    if (rows.is_null(row, 8)) {
        const auto nonce =
            rows.is_null(row, 10) ? std::nullopt : to_array<sizeof(Nonce)>(rows.bytes(row, 10));
        if (!nonce)
            return fail(Code::corrupt, "the event has lost its nonce");
        return std::optional(leaf_hash(*nonce, event.leaf_data(tenant)));
    }
    const auto person = rows.id<UserId>(row, 8);
    const auto key = TRY(keys.unwrap(
        tenant, person, rows.is_null(row, 11) ? std::nullopt : std::optional(rows.bytes(row, 11))));
    if (!key)
        return std::optional<Sha256>();
    const auto json = unseal(*key, rows.bytes(row, 9), view(event.id.uuid));
    if (!json)
        return fail(Code::corrupt, "the personal part does not open under the person's key");
    event.personal = {person, *json};
    return std::optional(leaf_hash(nonce_under(*key, event.id), event.leaf_data(tenant)));
}

Error corrupt_at(std::int64_t leaf_index, const char* what) {
    return fail(Code::corrupt, what, std::to_string(leaf_index));
}

} // namespace

Bytes Head::signed_bytes(TenantId tenant) const {
    Bytes out = "bellwether audit head v1\n";
    out += view(tenant.uuid);
    put_le(out, size);
    out += view(root);
    put_le(out, at.ms);
    return out;
}

Result<std::size_t> grow(tenancy::TenantTx& tx, std::int32_t events_limit, const SigningKey& key,
                         const Clock& clock) {
    pg::Params limit;
    limit.int8(events_limit);
    const auto taken = TRY(tx.run(std::vector<tenancy::Step>{
        {sql::make_tree, {}}, {sql::lock_tree, {}}, {sql::take_pending, limit}}));
    const pg::Rows &tree = taken[1], &events = taken[2];
    if (events.empty())
        return std::size_t{0};
    MerkleFrontier frontier = TRY(frontier_from(tree.int8(0, 0), tree.bytes(0, 1)));
    std::vector<std::int64_t> indexes;
    std::vector<Uuid> ids;
    std::vector<Bytes> leaves;
    for (int row = 0; row < events.count(); ++row) {
        indexes.push_back(static_cast<std::int64_t>(frontier.size()));
        ids.push_back(events.uuid(row, 0));
        leaves.emplace_back(events.bytes(row, 1));
        frontier.append(*to_array<sizeof(Sha256)>(leaves.back()));
    }
    Head head{frontier.size(), frontier.root(), clock.now(), key.kid(), {}};
    head.signature = key.sign(head.signed_bytes(tx.tenant()));
    pg::Params inserted, grown, signed_head;
    inserted.int8s(std::span<const std::int64_t>(indexes)).uuids(ids).bytes_array(leaves);
    grown.int8(static_cast<std::int64_t>(frontier.size())).bytes(joined(frontier.subtrees()));
    signed_head.int8(static_cast<std::int64_t>(head.size))
        .bytes(view(head.root))
        .instant(head.at)
        .text(head.kid)
        .bytes(view(head.signature));
    TRY(tx.run(std::vector<tenancy::Step>{{sql::insert_leaves, std::move(inserted)},
                                          {sql::grow_tree, std::move(grown)},
                                          {sql::insert_head, std::move(signed_head)}}));
    return ids.size();
}

Result<std::optional<Head>> latest_head(tenancy::TenantTx& tx) {
    const pg::Rows rows = TRY(tx.run(sql::latest_head));
    if (rows.empty())
        return std::optional<Head>();
    return std::optional(Head{static_cast<std::uint64_t>(rows.int8(0, 0)),
                              *to_array<sizeof(Sha256)>(rows.bytes(0, 1)), rows.instant(0, 2),
                              std::string(rows.text(0, 3)),
                              *to_array<sizeof(Signature)>(rows.bytes(0, 4))});
}

Result<Verification> verify(tenancy::TenantTx& tx, const PublicKey& key, const SubjectKeys& keys) {
    Verification found;
    found.head = TRY(latest_head(tx));
    const std::uint64_t size = found.head ? found.head->size : 0;
    MerkleFrontier frontier;
    auto corrupt = [&](Error problem) {
        found.problem = std::move(problem);
        return found;
    };
    while (frontier.size() < size) {
        pg::Params page;
        page.int8(static_cast<std::int64_t>(frontier.size())).int8(page_rows);
        const pg::Rows rows = TRY(tx.run(sql::leaves_from, page));
        if (rows.empty())
            return corrupt(corrupt_at(static_cast<std::int64_t>(frontier.size()),
                                      "the log ends before its head says"));
        for (int row = 0; row < rows.count() && frontier.size() < size; ++row) {
            const std::int64_t index = rows.int8(row, 0);
            const auto stored = to_array<sizeof(Sha256)>(rows.bytes(row, 1));
            if (static_cast<std::uint64_t>(index) != frontier.size() || !stored)
                return corrupt(corrupt_at(index, "a leaf is missing before this one"));
            auto leaf = computed_leaf(tx.tenant(), rows, row, keys);
            if (!leaf)
                return corrupt(corrupt_at(index, leaf.error().detail.c_str()));
            if (*leaf && **leaf != *stored)
                return corrupt(corrupt_at(index, "the event is not the one that was logged"));
            found.erased += leaf->has_value() ? 0 : 1;
            frontier.append(*stored);
            ++found.events;
        }
    }
    if (!found.head)
        return found;
    if (frontier.root() != found.head->root)
        return corrupt(fail(Code::corrupt, "the leaves do not lead to the signed root", "head"));
    if (kid_of(key) != found.head->kid ||
        !verify_ed25519(key, found.head->signed_bytes(tx.tenant()), found.head->signature))
        return corrupt(fail(Code::corrupt, "the head is not signed by this key", "head"));
    return found;
}

} // namespace bw::audit
