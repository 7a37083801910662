// What a peer has said may stand in a command that a person pastes: it must stay a word there.
#include <gmock/gmock.h>

#include <map>
#include <string>

#include "probes/registry.hpp"

namespace drydock {
namespace {

constexpr const char* kHostile = "x'; touch /tmp/taken; `id` $(id) ${IFS} | sh & > /tmp/taken < y \\\" # \n rm -rf z";

FactValue value_of(const FactSpec& spec, const std::string& text);

Record record_of(const FactSpec& spec, const std::string& text) {
  Record record;
  for (const FactSpec& column : spec.columns) record.set(column.name, value_of(column, text));
  return record;
}

/// A value of the fact's type that holds the text wherever it has room for one.
FactValue value_of(const FactSpec& spec, const std::string& text) {
  Reply reply;
  reply.code = 550;
  reply.lines = {text};
  const DnsData data{text, true};
  switch (spec.type) {
    case FactType::boolean:
      return false;
    case FactType::integer:
      return std::int64_t{550};
    case FactType::real:
      return 99.0;
    case FactType::text:
      return text;
    case FactType::list:
      return std::vector<std::string>{text};
    case FactType::fields:
      return Fields{{text, text}};
    case FactType::reply:
      return reply;
    case FactType::replies:
      return Rows<Reply>{{text, reply}};
    case FactType::dns:
      return data;
    case FactType::dns_list:
      return std::vector<DnsData>{data};
    case FactType::integers:
      return Rows<std::int64_t>{{text, 1}};
    case FactType::dns_lists:
      return Rows<std::vector<DnsData>>{{text, {data}}};
    case FactType::answer:
      return Answer{.status = "NO", .code = text, .words = text, .trouble = {}};
    case FactType::link:
      return WebLink{text, text};
    case FactType::excerpt:
      return Excerpt(text);
    case FactType::record:
      return record_of(spec, text);
    case FactType::records:
      return std::vector<Record>{record_of(spec, text)};
  }
  return text;
}

/// What a shell would act on outside quotes, and how often.
std::map<char, int> acted_on(const std::string& line) {
  std::map<char, int> counts;
  bool single = false, doubled = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '\\' && !single) {
      ++i;
      continue;
    }
    if (c == '\'' && !doubled) single = !single;
    if (c == '"' && !single) doubled = !doubled;
    const bool expands = c == '`' || c == '$';
    const bool acts = expands || std::string_view("|&;<>()#\n").find(c) != std::string_view::npos;
    if (acts && !single && (!doubled || expands)) ++counts[c];
  }
  EXPECT_FALSE(single || doubled) << "a quote is left open: " << line;
  return counts;
}

TEST(ByHand, NothingThatAPeerSaidLeavesItsQuotes) {
  for (const ProbeType* type : probe_types()) {
    Subject subject;
    subject.probe = "p";
    subject.token = "t-1";
    subject.target.id = "new";
    subject.target.ip = "127.0.0.1";
    subject.target.name = subject.expected.hostname = "mail.test";
    subject.expected.domains = {"mail.test"};
    subject.parameters.set("recipients", std::vector<std::string>{"jim@mail.test"});
    subject.parameters.set("name", std::string("mail.test"));
    subject.parameters.set("path", std::string("/"));
    subject.parameters.set("argv", std::vector<std::string>{"true"});
    Record plain, hostile;
    for (const FactSpec& fact : type->facts) {
      plain.set(fact.name, value_of(fact, "x"));
      hostile.set(fact.name, value_of(fact, kHostile));
    }
    const Observation good = Observation::of(plain), bad = Observation::of(hostile);
    for (const CheckSpec& check : type->checks) {
      const std::string first = check.judge(good, subject).reproduce, second = check.judge(bad, subject).reproduce;
      if (!second.empty()) EXPECT_EQ(acted_on(second), acted_on(first)) << check.id << ": " << second;
    }
    if (!type->by_hand) continue;
    for (const FactSpec& fact : type->facts) {
      const std::string first = type->by_hand(good, subject, fact.name),
                        second = type->by_hand(bad, subject, fact.name);
      if (!second.empty()) EXPECT_EQ(acted_on(second), acted_on(first)) << fact.name << ": " << second;
    }
  }
}

}  // namespace
}  // namespace drydock
