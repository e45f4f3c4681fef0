"""中文：一个季度里申请从哪些渠道来、退回多少、用了多久；各渠道受理什么。"""

from collections.abc import Mapping

TEXTS: Mapping[str, str] = {
    "channels.title": "申请从哪里来",
    "channels.lead": (
        "每个渠道的申请占比、退回件数、从提交到正式受理和送电的时间。时间按日历计，含暂停；"
        "每一项按它自己的日期计入季度。"
    ),
    "channels.channel": "渠道",
    "channels.counter": "到柜台",
    "channels.received": "申请",
    "channels.refused": "退回",
    "channels.accepted": "提交到受理（小时）",
    "channels.energised": "提交到送电（天）",
    "channels.spread": "平均 {mean}，95% 在 {p95} 内 · {n} 件",
    "channels.reasons": "为什么退回",
    "channels.reason": "第一条原因",
    "channels.times": "件数",
    "channels.unknown": (
        "退回只在渠道以自己的接口提交时分得清，其余不列；选了地区时也不列，"
        "因为看不懂的申请不知道是哪个地区的。"
    ),
    "standards.channels": "各渠道受理什么",
    "channels.services.lead": ("本平台现在承接新装用电，充电设施也在内。送来的其他业务，当场说明暂不受理。"),
    "channels.takes": "现在受理",
    "channels.not_yet": "暂不受理",
    "refusal.unknown_word": "代码不在约定之内",
    "refusal.unknown_field": "有约定之外的字段",
    "refusal.unknown_kind": "业务类型不在约定之内",
    "refusal.service_not_taken": "暂不受理的业务",
    "refusal.bad_reference": "编号不合约定",
    "refusal.bad_time": "日期不合约定",
    "refusal.no_id": "没有流水号",
    "refusal.too_large": "报文过大",
    "refusal.not_json": "不是 JSON 报文",
    "refusal.unknown_region": "地区不在本省",
    "refusal.unknown_document": "材料不在清单",
    "refusal.unknown_voltage": "电压等级不存在",
    "refusal.capacity_implausible": "容量与电压不符",
    "refusal.future_time": "日期在将来",
    "service.new_connection": "新装用电",
    "service.increase": "增容",
    "service.reduction": "减容",
    "service.pause": "暂停",
    "service.move": "移表、迁址",
    "service.transfer": "更名、过户",
    "service.split": "分户",
    "service.merge": "并户",
    "service.close": "销户",
    "service.payment": "电费账单和缴费",
    "service.outage": "停电查询",
    "service.fault": "故障报修",
    "service.complaint": "投诉",
    "service.progress": "进度告知",
    "service.ev": "充电设施",
    "service.dg": "分布式电源",
}
