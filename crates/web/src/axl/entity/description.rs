//! The part of the schema that is alike for all kinds of object.

use super::{Entity, Shape};

const OBJECT: &str = r#"
  <!-- {kind} -->
  <xsd:complexType name="{kind}">
    <xsd:sequence>
{all}    </xsd:sequence>
    <xsd:attribute name="uuid" type="axl:Identifier"/>
  </xsd:complexType>
  <xsd:complexType name="New{kind}">
    <xsd:sequence>
{new}    </xsd:sequence>
  </xsd:complexType>
  <xsd:group name="{kind}Name">
    <xsd:choice>
      <xsd:element name="uuid" type="axl:Identifier"/>
      <xsd:sequence>
        <xsd:element name="{key}" type="xsd:string"/>
{beside}      </xsd:sequence>
    </xsd:choice>
  </xsd:group>
  <xsd:element name="add{kind}">
    <xsd:complexType><xsd:complexContent><xsd:extension base="axl:Operation"><xsd:sequence>
      <xsd:element name="{element}" type="axl:New{kind}"/>
    </xsd:sequence></xsd:extension></xsd:complexContent></xsd:complexType>
  </xsd:element>
  <xsd:element name="add{kind}Response" type="axl:Changed"/>
  <xsd:element name="update{kind}">
    <xsd:complexType><xsd:complexContent><xsd:extension base="axl:Operation"><xsd:sequence>
      <xsd:group ref="axl:{kind}Name"/>
{change}    </xsd:sequence></xsd:extension></xsd:complexContent></xsd:complexType>
  </xsd:element>
  <xsd:element name="update{kind}Response" type="axl:Changed"/>
  <xsd:element name="get{kind}">
    <xsd:complexType><xsd:complexContent><xsd:extension base="axl:Operation"><xsd:sequence>
      <xsd:group ref="axl:{kind}Name"/>
      <xsd:element name="returnedTags" type="axl:{kind}" minOccurs="0"/>
    </xsd:sequence></xsd:extension></xsd:complexContent></xsd:complexType>
  </xsd:element>
  <xsd:element name="get{kind}Response">
    <xsd:complexType><xsd:complexContent><xsd:extension base="axl:Operation"><xsd:sequence>
      <xsd:element name="return"><xsd:complexType><xsd:sequence>
        <xsd:element name="{element}" type="axl:{kind}"/>
      </xsd:sequence></xsd:complexType></xsd:element>
    </xsd:sequence></xsd:extension></xsd:complexContent></xsd:complexType>
  </xsd:element>
  <xsd:element name="remove{kind}">
    <xsd:complexType><xsd:complexContent><xsd:extension base="axl:Operation"><xsd:sequence>
      <xsd:group ref="axl:{kind}Name"/>
    </xsd:sequence></xsd:extension></xsd:complexContent></xsd:complexType>
  </xsd:element>
  <xsd:element name="remove{kind}Response" type="axl:Changed"/>
  <xsd:element name="list{kind}">
    <xsd:complexType><xsd:complexContent><xsd:extension base="axl:Operation"><xsd:sequence>
      <xsd:element name="searchCriteria"><xsd:complexType><xsd:sequence>
{criteria}      </xsd:sequence></xsd:complexType></xsd:element>
      <xsd:element name="returnedTags" type="axl:{kind}" minOccurs="0"/>
      <xsd:group ref="axl:Page"/>
    </xsd:sequence></xsd:extension></xsd:complexContent></xsd:complexType>
  </xsd:element>
  <xsd:element name="list{kind}Response">
    <xsd:complexType><xsd:complexContent><xsd:extension base="axl:Operation"><xsd:sequence>
      <xsd:element name="return"><xsd:complexType><xsd:sequence>
        <xsd:element name="{element}" type="axl:{kind}" minOccurs="0" maxOccurs="unbounded"/>
      </xsd:sequence></xsd:complexType></xsd:element>
    </xsd:sequence></xsd:extension></xsd:complexContent></xsd:complexType>
  </xsd:element>
"#;

/// The types and elements of a kind.
pub(in crate::axl) fn describe<E: Entity>() -> String {
    let kind = E::KIND;
    let said = |name: &str| name == kind.key || E::BESIDE_KEY.contains(&name);
    let all: String = E::FIELDS.iter().map(|(name, shape)| element(name, *shape, false)).collect();
    let new: String = E::FIELDS.iter().map(|(name, shape)| element(name, *shape, true)).collect();
    let change = E::FIELDS.iter().filter(|(name, _)| !said(name));
    let change: String = change.map(|(name, shape)| element(name, *shape, false)).collect();
    let text = |name: &&str| element(name, Shape::Text, false);
    OBJECT
        .replace("{all}", &all)
        .replace("{new}", &new)
        .replace("{change}", &change)
        .replace("{beside}", &E::BESIDE_KEY.iter().map(text).collect::<String>())
        .replace("{criteria}", &E::CRITERIA.iter().map(text).collect::<String>())
        .replace("{kind}", kind.name)
        .replace("{element}", kind.element)
        .replace("{key}", kind.key)
}

fn element(name: &str, shape: Shape, new: bool) -> String {
    let kind = match shape {
        Shape::Needed | Shape::Text => "xsd:string".to_owned(),
        Shape::Tree(kind) => format!("axl:{kind}"),
        Shape::Ignored => "xsd:anyType".to_owned(),
    };
    let optional = if new && matches!(shape, Shape::Needed) { "" } else { " minOccurs=\"0\"" };
    format!("      <xsd:element name=\"{name}\" type=\"{kind}\"{optional}/>\n")
}
