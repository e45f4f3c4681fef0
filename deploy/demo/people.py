"""Invented applicants. Given names are signs of the sixty-year cycle, firms are called 示例 (example),
telephone numbers
begin with 100 and identity numbers with 000000, which exist nowhere: nobody real can be meant."""

from random import Random

from events.catalogue.traits import CustomerType

_SURNAMES = "陈林王李符吴黄周张郑羊韦邢何蔡冯云麦吉董"
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"
_ROADS = (
    "椰林路",
    "滨海路",
    "三角梅路",
    "红树林路",
    "胡椒路",
    "龙眼路",
    "黄花梨路",
    "沉香路",
    "海棠路",
    "槟榔路",
)
_BRANDS = ("椰风", "海岳", "南屿", "碧礁", "琼枝", "鹿鸣", "云帆", "木棉", "珊瑚", "天涯客")
_TRADES = {
    CustomerType.ENTERPRISE: (
        "食品加工",
        "冷链物流",
        "建材",
        "酒店",
        "医药",
        "数据服务",
        "海洋装备",
        "农产品",
    ),
    CustomerType.GOVERNMENT: ("市政服务中心", "水务管理站", "中心小学", "卫生院"),
    CustomerType.SOCIAL: ("社区互助会", "渔业协会"),
    CustomerType.PARK: ("产业园", "住宅小区", "科创园"),
    CustomerType.EV_OPERATOR: ("充电运营",),
    CustomerType.PORT: ("港务",),
}
_HOUSEHOLDS = (CustomerType.RESIDENT, CustomerType.EV_PRIVATE)


def person(rng: Random) -> str:
    """An invented name."""
    return rng.choice(_SURNAMES) + rng.choice(_STEMS) + rng.choice(_BRANCHES)


def applicant(rng: Random, customer: CustomerType, town: str) -> dict[str, str]:
    """The personal fields of an application; `town` is the region's Chinese name."""
    household = customer in _HOUSEHOLDS
    fields = {
        "applicant_name": person(rng) if household else _firm(rng, customer, town),
        "applicant_phone": f"100{rng.randint(0, 99_999_999):08d}",
        "site_address": f"{town}{rng.choice(_ROADS)}{rng.randint(1, 199)}号",
    }
    if household:
        fields["applicant_id_no"] = f"000000{rng.randint(1960, 2004)}0101{rng.randint(0, 9999):04d}"
        fields["site_address"] += f"{rng.randint(1, 32)}栋{rng.randint(1, 18)}0{rng.randint(1, 4)}室"
    else:
        fields["project_name"] = f"{rng.choice(_BRANDS)}{rng.choice(_TRADES[customer])}项目"
    return fields


def office(rng: Random, town: str) -> str:
    """A counter that a customer may come to."""
    return f"{town}供电服务{rng.choice(('中心', '一厅', '二厅'))}"


def substation(rng: Random) -> tuple[str, str]:
    """A substation and one of its feeders."""
    name = rng.choice(("椰城", "南渡", "万泉", "五指", "昌化", "鹿回头", "铜鼓", "霸王岭"))
    return f"110千伏{name}示例站", f"10千伏{name}{rng.randint(1, 24):02d}线"


def _firm(rng: Random, customer: CustomerType, town: str) -> str:
    trade = rng.choice(_TRADES[customer])
    if customer in (CustomerType.GOVERNMENT, CustomerType.SOCIAL):
        return f"{town}示例{trade}"
    return f"{town}示例{rng.choice(_BRANDS)}{trade}有限公司"
