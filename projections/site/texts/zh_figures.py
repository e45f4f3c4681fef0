"""中文: the figures of a quarter."""

from collections.abc import Mapping

TEXTS: Mapping[str, str] = {
    "quarter": "{year} 年第 {number} 季度",
    "watch.kept": "平均承诺已兑现。",
    "watch.not_kept": "平均承诺未兑现。",
    "watch.none_left": "已无法兑现",
    "watch.picture": "{name}：{sentence}",
    "watch.may_use": "还可用",
    "figures.title": "承诺与服务",
    "figures.lead": "一个季度里，一个地区或全部地区，承诺兑现了没有，服务怎么样。",
    "figures.quarter": "季度",
    "figures.region": "地区",
    "figures.region.all": "全部地区",
    "figures.show": "查看",
    "figures.means": "平均承诺",
    "figures.means.lead": (
        "按本季度所有已送电的户平均，用净天数判定：扣除客户用时和不可抗力，"
        "含暂停的天数并列；单独一户超过，不算未兑现。"
    ),
    "figures.limits": "每户承诺",
    "figures.limits.lead": "本季度送电的每一户都要做到，也用净天数判定；含暂停的天数并列。",
    "figures.within": "限内比例",
    "figures.by_region": "各地区：{promise}",
    "figures.worst_net": "最长（净）天",
    "figures.worst_gross": "最长（含暂停）天",
    "figures.quality": "服务情况",
    "figures.quality.lead": "每一项按它自己的日期计入季度。户数少时，比例说明不了什么，请看件数。",
    "figures.quality.work": "资料和任务",
    "figures.quality.voice": "异议和更正",
    "figures.energised": "已送电",
    "figures.asked_again": "再次要求补资料",
    "figures.avoidable": "其中本可一次告知，记在电网企业名下",
    "figures.duties": "电网企业到期的任务",
    "figures.duties_late": "其中超时",
    "figures.disputes": "客户异议",
    "figures.disputes_upheld": "其中支持客户",
    "figures.disputes_open": "其中还未了结",
    "figures.corrections": "档案更正",
    "figures.ratings": "客户评价",
    "figures.ratings.count": "{n} 位客户作了评价。",
    "figures.ratings.none": "还没有客户评价。",
    "figures.score": "{n} 分",
    "figures.score.told": "{n} 位 · {share}",
    "figures.csv": "承诺兑现情况表格（CSV）",
    "figures.back": "回到总览",
}
