"""The peer of `bench crawl`: a Scrapy spider that reads the JSON-LD of every page a sitemap names.

Started by `scrapy runspider spider.py -a sitemap=URL -a report=FILE -o OUT.jsonl`; writes how long it took to FILE."""

import datetime
import json

import scrapy.spiders


def objects(value):
    """All JSON objects of a block."""
    if isinstance(value, list):
        for member in value:
            yield from objects(member)
    elif isinstance(value, dict):
        yield value
        yield from objects(value.get("@graph", []))


def names(value, member="name"):
    return value.get(member, "") if isinstance(value, dict) else value or ""


def place(job):
    places = job.get("jobLocation") or []
    first = places[0] if isinstance(places, list) and places else places
    address = first.get("address") if isinstance(first, dict) else None
    if not isinstance(address, dict):
        return address or ""
    parts = [address.get("addressLocality"), address.get("addressRegion"), names(address.get("addressCountry"))]
    return ", ".join(part for part in parts if part)


class Jobs(scrapy.spiders.SitemapSpider):
    name = "jobs"
    custom_settings = {
        # Politeness off, and nothing that this crawl does not need. The command line says how many requests at a time.
        "ROBOTSTXT_OBEY": False,
        "DOWNLOAD_DELAY": 0,
        "AUTOTHROTTLE_ENABLED": False,
        "COOKIES_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "LOG_LEVEL": "ERROR",
    }

    def __init__(self, sitemap, report, **more):
        super().__init__(sitemap_urls=[sitemap], **more)
        self.report = report

    def parse(self, response):
        for block in response.xpath('//script[@type="application/ld+json"]/text()').getall():
            try:
                found = json.loads(block, strict=False)
            except ValueError:
                continue
            for job in objects(found):
                if job.get("@type") != "JobPosting":
                    continue
                identifier = job.get("identifier")
                yield {
                    "native_id": names(identifier, "value"),
                    "url": job.get("url") or response.url,
                    "title": job.get("title", ""),
                    "company": names(job.get("hiringOrganization")),
                    "location": place(job),
                    "description": job.get("description", ""),
                    "format": "html",
                    "salary": job.get("baseSalary"),
                    "employment_type": job.get("employmentType"),
                    "posted_text": job.get("datePosted", ""),
                }

    def closed(self, reason):
        stats = self.crawler.stats
        now = datetime.datetime.utcnow()
        with open(self.report, "w", encoding="utf-8") as file:
            json.dump({"seconds": (now - stats.get_value("start_time")).total_seconds(),
                       "pages": stats.get_value("response_received_count"), "reason": reason}, file)  # fmt: skip
