#include "probes/core/parameter.hpp"

namespace drydock {

void Parameters::set(std::string_view name, Value value) {
  values_.insert_or_assign(std::string(name), std::move(value));
}

const std::string& Parameters::text(std::string_view name) const {
  static const std::string kNone;
  const auto* value = get<std::string>(name);
  return value ? *value : kNone;
}

std::int64_t Parameters::integer(std::string_view name, std::int64_t otherwise) const {
  const auto* value = get<std::int64_t>(name);
  return value ? *value : otherwise;
}

bool Parameters::flag(std::string_view name) const {
  const auto* value = get<bool>(name);
  return value && *value;
}

Duration Parameters::duration(std::string_view name, Duration otherwise) const {
  const auto* value = get<Duration>(name);
  return value ? *value : otherwise;
}

const std::vector<std::string>& Parameters::texts(std::string_view name) const {
  static const std::vector<std::string> kNone;
  const auto* value = get<std::vector<std::string>>(name);
  return value ? *value : kNone;
}

std::vector<Account> Parameters::accounts(std::string_view name) const {
  if (const auto* list = get<std::vector<Account>>(name)) return *list;
  const Account* one = account(name);
  return one ? std::vector<Account>{*one} : std::vector<Account>{};
}

const Parameters& Parameters::group(std::string_view name) const {
  static const Parameters kNone;
  const auto* value = get<std::shared_ptr<const Parameters>>(name);
  return value && *value ? **value : kNone;
}

std::string with_token(std::string_view text, std::string_view token) {
  std::string result;
  std::size_t at = 0;
  for (std::size_t mark; (mark = text.find(kTokenMark, at)) != std::string_view::npos; at = mark + kTokenMark.size())
    result.append(text.substr(at, mark - at)).append(token);
  return result.append(text.substr(at));
}

namespace {

struct PutTokenIn {
  std::string_view token;

  Parameters::Value operator()(const std::string& text) const { return with_token(text, token); }
  Parameters::Value operator()(const std::vector<std::string>& list) const {
    std::vector<std::string> copy;
    for (const auto& text : list) copy.push_back(with_token(text, token));
    return copy;
  }
  Parameters::Value operator()(const Fields& fields) const {
    Fields copy;
    for (const auto& [name, text] : fields) copy.emplace_back(name, with_token(text, token));
    return copy;
  }
  Parameters::Value operator()(const std::shared_ptr<const Parameters>& group) const {
    if (!group) return group;
    return std::make_shared<const Parameters>(group->with_token(token));
  }
  Parameters::Value operator()(const Account& account) const { return account; }
  Parameters::Value operator()(const std::vector<Account>& accounts) const { return accounts; }
  Parameters::Value operator()(std::int64_t number) const { return number; }
  Parameters::Value operator()(bool flag) const { return flag; }
  Parameters::Value operator()(Duration duration) const { return duration; }
};

}  // namespace

Parameters Parameters::with_token(std::string_view token) const {
  Parameters copy;
  for (const auto& [name, value] : values_) copy.set(name, std::visit(PutTokenIn{token}, value));
  return copy;
}

}  // namespace drydock
