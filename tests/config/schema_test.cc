#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>
#include <gtest/gtest.h>

#include "config/config.h"
#include "config/json.h"
#include "config/keys.h"
#include "tests/config/fake_types.h"

namespace hale::config {
namespace {

using Poco::JSON::Array;
using Poco::JSON::Object;

Object::Ptr schema() {
  Poco::JSON::Parser parser;
  return parser.parse(json_schema(fake_registry())).extract<Object::Ptr>();
}

// The object at a path of keys; null where there is none.
Object::Ptr at(Object::Ptr object, std::initializer_list<const char*> path) {
  for (const char* key : path) {
    object = object.isNull() ? object : object->getObject(key);
  }
  return object;
}

// Every `$ref` of a schema, and below it.
void collect_references(const Poco::Dynamic::Var& value, std::vector<std::string>& references) {
  if (value.type() == typeid(Object::Ptr)) {
    for (const auto& [key, member] : *value.extract<Object::Ptr>()) {
      if (key == "$ref") {
        references.push_back(member.convert<std::string>());
      }
      collect_references(member, references);
    }
  } else if (value.type() == typeid(Array::Ptr)) {
    for (const auto& element : *value.extract<Array::Ptr>()) {
      collect_references(element, references);
    }
  }
}

TEST(SchemaTest, HasEverySectionThatIsBuiltAndNoOther) {
  const Object::Ptr properties = at(schema(), {"properties"});
  ASSERT_FALSE(properties.isNull());
  for (const SectionSpec& section : sections()) {
    EXPECT_EQ(properties->has(std::string(section.name)), section.built) << section.name;
  }
  EXPECT_FALSE(schema()->getValue<bool>("additionalProperties"));
}

TEST(SchemaTest, HasEveryKeyThatIsBuiltAndNoOther) {
  const Object::Ptr checks = at(schema(), {"definitions", "checks", "properties"});
  const Object::Ptr groups = at(schema(), {"definitions", "groups", "properties"});
  const Object::Ptr defaults = at(schema(), {"definitions", "defaults", "properties"});
  ASSERT_FALSE(checks.isNull() || groups.isNull() || defaults.isNull());
  for (const KeySpec& key : check_keys()) {
    const std::string name(key.name);
    EXPECT_EQ(checks->has(name), key.built) << name;
    EXPECT_EQ(groups->has(name), key.built && (key.places & kInGroup) != 0) << name;
    EXPECT_EQ(defaults->has(name), key.built && (key.places & kInDefaults) != 0) << name;
  }
  EXPECT_TRUE(groups->has("title"));
  EXPECT_FALSE(groups->has("depends_on"));
  EXPECT_EQ(checks->getObject("interval")->getValue<std::string>("default"), "10s");
  EXPECT_EQ(checks->getObject("fall")->getValue<int>("default"), 3);
  EXPECT_TRUE(checks->has("host"));
  EXPECT_TRUE(checks->has("password"));
}

TEST(SchemaTest, HasEveryKeyOfAnSloWhereverOneMayStand) {
  const Object::Ptr slo = at(schema(), {"definitions", "slo"});
  ASSERT_FALSE(slo.isNull());
  EXPECT_FALSE(slo->getValue<bool>("additionalProperties"));
  for (const KeySpec& key : slo_keys()) {
    EXPECT_TRUE(slo->getObject("properties")->has(std::string(key.name))) << key.name;
  }
  EXPECT_EQ(at(slo, {"properties", "window"})->getValue<std::string>("default"), "30d");
  for (const char* place : {"checks", "each", "templates", "groups", "defaults"}) {
    EXPECT_FALSE(at(schema(), {"definitions", place, "properties", "slo"}).isNull()) << place;
  }
}

TEST(SchemaTest, TellsTheKeysOfEachType) {
  const Array::Ptr conditions = at(schema(), {"definitions", "checks"})->getArray("allOf");
  ASSERT_FALSE(conditions.isNull());
  ASSERT_EQ(conditions->size(), fake_registry().all().size());
  const Object::Ptr probe = conditions->getObject(0);
  EXPECT_EQ(at(probe, {"if", "properties", "type"})->getValue<std::string>("const"), "probe");
  const Object::Ptr port = at(probe, {"then", "properties", "port"});
  ASSERT_FALSE(port.isNull());
  EXPECT_EQ(port->getArray("anyOf")->getObject(0)->getValue<int>("maximum"), 65535);
  EXPECT_EQ(port->getValue<int>("default"), 80);
  EXPECT_FALSE(at(probe, {"then", "properties", "warn", "properties", "free"}).isNull());
  const Object::Ptr plain = conditions->getObject(1);
  EXPECT_TRUE(at(plain, {"then", "properties", "port"}).isNull());
}

TEST(SchemaTest, RefersOnlyToDefinitionsThatItHas) {
  const Object::Ptr whole = schema();
  const Object::Ptr definitions = whole->getObject("definitions");
  std::vector<std::string> references;
  collect_references(whole, references);
  EXPECT_GT(references.size(), 10U);
  constexpr std::string_view kPrefix = "#/definitions/";
  for (const std::string& reference : references) {
    ASSERT_TRUE(reference.starts_with(kPrefix)) << reference;
    EXPECT_TRUE(definitions->has(reference.substr(kPrefix.size()))) << reference;
  }
}

TEST(JsonTest, EscapesAndIndentsWithoutChangingTheValue) {
  const Json value = JsonObject()
                         .add("text", json_string("a\"b\\c\nd{}[],:é"))
                         .add("empty", JsonObject().json())
                         .add("list", json_array({json_number(1.5), json_boolean(true)}))
                         .json();
  Poco::JSON::Parser parser;
  const auto parsed = parser.parse(indented(value)).extract<Object::Ptr>();
  EXPECT_EQ(parsed->getValue<std::string>("text"), "a\"b\\c\nd{}[],:é");
  EXPECT_EQ(parsed->getObject("empty")->size(), 0U);
  EXPECT_EQ(parsed->getArray("list")->getElement<double>(0), 1.5);
  EXPECT_EQ(indented(JsonObject().add("a", json_array({})).add("b", json_strings({"x"})).json()),
            "{\n  \"a\": [],\n  \"b\": [\n    \"x\"\n  ]\n}");
}

}  // namespace
}  // namespace hale::config
