/* SPDX-License-Identifier: MIT */
/*
 * A package in CMT's words, written by hand after facts/cmt-format.md 2 and 3.
 */
#ifndef FERRY_TESTS_UNIT_DV_PACKAGE_SAMPLE_H
#define FERRY_TESTS_UNIT_DV_PACKAGE_SAMPLE_H

#define ID1 "ec54a81a-584b-ef11-a317-0022480bd0f0"
#define ID2 "00000000-0000-0000-0000-000000000002"
#define NAMESPACES                                                                                 \
	"xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" "                                          \
	"xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""

static const char schema_text[] =
	"<entities >\r\n"
	"  <entity name=\"account\" displayname=\"Account &amp; more\" primaryidfield=\"accountid\">"
	"<fields><field displayname=\"N\" name=\"name\" type=\"string\" />"
	"<field displayname=\"A\" name=\"active\" type=\"bool\" />"
	"<field displayname=\"V\" name=\"versionnumber\" type=\"bigint\" />"
	"<field displayname=\"C\" name=\"contactid\" type=\"entityreference\" lookupType=\"contact\" />"
	"<field displayname=\"O\" name=\"ownerid\" type=\"owner\" />"
	"<field displayname=\"D\" name=\"born\" type=\"datetime\" />"
	"<field displayname=\"K\" name=\"kinds\" type=\"optionsetvaluecollection\" />"
	"<field displayname=\"F\" name=\"file\" type=\"filedata\" />"
	"<field displayname=\"T\" name=\"total\" type=\"money\" /></fields><relationships>"
	"<relationship name=\"accountleads\" manyToMany=\"true\" isreflexive=\"false\" "
	"relatedEntityName=\"accountleads\" m2mTargetEntity=\"lead\" "
	"m2mTargetEntityPrimaryKey=\"leadid\" /></relationships></entity>\r\n"
	"  <entity name=\"team\" displayname=\"Team\"><fields>"
	"<field displayname=\"Id\" name=\"teamid\" type=\"guid\" primaryKey=\"true\" /></fields>"
	"</entity>\r\n</entities>";

static const char data_text[] =
	"\r\n<entities " NAMESPACES " timestamp=\"2022-09-30T20:37:52.2231694Z\">\r\n"
	"  <entity name=\"account\" displayname=\"Account &amp; more\">\r\n"
	"    <records>\r\n"
	"      <record id=\"" ID1 "\">\r\n"
	"        <field name=\"name\" value=\"A &amp;amp; B &amp;lt;caf&amp;#233;&amp;gt;&#xD;&#xA;"
	"it&amp;#39;s\ttabbed \xc4\x8d\" />\r\n"
	"        <field name=\"active\" value=\"True\" />\r\n"
	"        <field name=\"contactid\" value=\"" ID2 "\" lookupentity=\"contact\" "
	"lookupentityname=\"John's &quot;caf\xc3\xa9&quot; &amp; &lt;bar&gt;\" />\r\n"
	"        <field name=\"ownerid\" value=\"" ID2 "\" lookupentity=\"systemuser\" />\r\n"
	"        <field name=\"born\" value=\"1978-02-12T00:00:00.0000000\" />\r\n"
	"        <field name=\"kinds\" value=\"[-1,1,2,-1]\" />\r\n"
	"        <field name=\"file\" value=\"" ID2 "\" filename=\"a.txt\" />\r\n"
	"        <field name=\"total\" value=\"11.5000000000\" />\r\n"
	"      </record>\r\n"
	"      <record id=\"" ID2 "\" />\r\n"
	"    </records>\r\n"
	"    <m2mrelationships>\r\n"
	"      <m2mrelationship sourceid=\"" ID1 "\" targetentityname=\"lead\" "
	"targetentitynameidfield=\"leadid\" m2mrelationshipname=\"accountleads\">\r\n"
	"        <targetids>\r\n"
	"          <targetid>" ID2 "</targetid>\r\n"
	"          <targetid>" ID1 "</targetid>\r\n"
	"        </targetids>\r\n"
	"      </m2mrelationship>\r\n"
	"    </m2mrelationships>\r\n"
	"  </entity>\r\n"
	"  <entity name=\"team\" displayname=\"Team\">\r\n"
	"    <records>\r\n"
	"      <record id=\"" ID1 "\">\r\n"
	"        <field name=\"teamid\" value=\"" ID1 "\" />\r\n"
	"      </record>\r\n"
	"    </records>\r\n"
	"    <m2mrelationships />\r\n"
	"  </entity>\r\n"
	"</entities>";

/* Where most of the real packages stand, below data/packages. */
#define EDUCATION "microsoft__Industry-Accelerator-Education/packagedeployer__PackageDeployer_"

#endif
