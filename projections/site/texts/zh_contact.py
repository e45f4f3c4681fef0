"""中文：一个季度里客户跑了几趟、怎样勘查、首次答复快慢、工作怎样分担。"""

from collections.abc import Mapping

TEXTS: Mapping[str, str] = {
    "contact.visits": "跑了几趟",
    "contact.visits.lead": (
        "本季度送电的客户各到柜台几趟。只计客户自己跑的；因通知有误多跑的也计入，并单独列出。"
    ),
    "contact.rule": "规定",
    "contact.no_rule": "无",
    "contact.none": "一趟不跑",
    "contact.one": "跑一趟",
    "contact.more": "多于一趟",
    "contact.wrong": "因通知有误",
    "contact.beyond": "{n} 件超出规定",
    "contact.share": "{n} · {share}",
    "contact.surveys": "本季度勘查 {n} 次，其中照片或视频勘查 {remote} 次（{share}）。",
    "contact.surveys.none": "本季度没有勘查。",
    "contact.replies": "重点客户和园区客户：首次答复",
    "contact.replies.lead": "任何一天的任何时候来询，值班人员 {n} 分钟内先行答复。",
    "contact.replies.none": "本季度没有来询。",
    "contact.asked": "来询",
    "contact.in_time": "按时答复",
    "contact.late": "超时或尚未答复",
    "contact.median": "半数在此时间内得到答复",
    "contact.teams": "工作怎样分担",
    "contact.teams.lead": "新申请由在岗且在办最少的人办理；有人离岗，在办的申请分给其他人。",
    "contact.teams.show": "分地区",
    "contact.managers": "有在办的经理",
    "contact.open": "在办",
    "contact.most": "一人最多",
    "contact.handed_over": "本季度移交",
    "case.on_duty": "此刻值班",
    "case.on_duty.plain": "任何时候来询，{n} 分钟内先行答复。",
    "unit.min": "{n} 分钟",
}
