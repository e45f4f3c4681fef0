"""核验回执和每日封印的中文。Same keys as `en_verify`."""

TEXTS: dict[str, str] = {
    "site.proof": "自行查证",
    "site.verify": "核验回执",
    "site.roots": "日志封印",
    "verify.title": "核验一份回执",
    "verify.lead": (
        "把下载的回执文件放进来，就知道它是否由平台开具、开具后有没有改过。任何人都可以核验，不需要回执码。"
    ),
    "verify.file": "选择回执文件",
    "verify.file.hint": "从申请页面下载的 .json 文件，最大 64 KB",
    "verify.text": "或粘贴文件全文",
    "verify.text.hint": "从开头到结尾，一字不漏",
    "verify.submit": "核验",
    "verify.another": "再核验一份",
    "verify.privacy": "送来的内容只用于这一次核验，不保存。",
    "verify.roots": "什么是日志封印",
    "verify.tag.genuine": "真实",
    "verify.tag.not": "不真实",
    "verify.tag.ours": "平台有误",
    "verify.what": "{subject} 第 {n} 条",
    "verify.what.receipt": "回执 {number}",
    "verify.sealed": "这份回执是真的，一字未改，并已封印",
    "verify.sealed.then": (
        "它就在平台的日志里，与开具时完全相同。{day}的第 {n} 号封印为它作保：今后谁改动它，都会被发现。"
    ),
    "verify.waiting": "这份回执是真的，一字未改",
    "verify.waiting.then": (
        "它就在平台的日志里，与开具时完全相同。封印每天一次，它将在 {when} 之后得到下一号封印的担保。"
    ),
    "verify.unproven": "这份回执是真的，一字未改",
    "verify.unproven.then": (
        "它就在平台的日志里，也在第 {n} 号封印之内。到封印的路径正在恢复，请稍后再来查看。"
    ),
    "verify.altered": "这份回执被改动过，不能作数",
    "verify.altered.fields": "它带着真回执的哈希，内容却与日志有 {n} 处不同：",
    "verify.altered.then": (
        "它的内容与它自带的哈希对不上：开具之后，至少有一处被改过。请向持有人要原始文件。"
    ),
    "verify.unknown": "日志里没有这份回执，不能作数",
    "verify.unknown.then": (
        "它的内容与自带的哈希对得上，但平台的日志里没有这样一条记录：它不是平台开具的，或改动后重新算过哈希。"
    ),
    "verify.unreadable": "读不出来：这不是一份完整的回执文件",
    "verify.unreadable.then": "请直接选择下载的 .json 文件；粘贴时要粘贴全文，不要用截图或打印件。",
    "verify.broken": "日志与登记对不上，这是平台的问题",
    "verify.broken.then": (
        "平台应有的记录不在原处，或与封印不符。这不说明回执有假。请保留文件，并告知平台。"
    ),
    "verify.field.missing": "缺少字段",
    "verify.content": "内容",
    "verify.claimed": "自带的哈希",
    "verify.computed": "重新计算",
    "verify.same": "一致",
    "verify.different": "不一致",
    "verify.compared": "逐项比对",
    "verify.compared.all": "{n} 个字段，全部与日志相同",
    "verify.place": "在日志里的位置",
    "verify.topic": "主题",
    "verify.position": "位置",
    "verify.position.text": "分区 {partition}，偏移 {offset}；本申请的第 {sequence} 条",
    "verify.recorded": "写入时间",
    "verify.seal": "封印",
    "verify.root.number": "封印",
    "verify.root.named": "第 {n} 号封印",
    "verify.leaf": "叶的序号",
    "verify.leaf.text": "{index}（共 {leaves} 片，从 0 数起）",
    "verify.path": "从回执到根的路径，{n} 步（只有哈希）",
    "verify.path.leaf": "叶",
    "verify.path.left": "左",
    "verify.path.right": "右",
    "verify.hand": "自己动手验算",
    "verify.hand.1": "去掉回执里的 hash，按 RFC 8785 写成规范 JSON，求 SHA-256：得到回执的哈希。",
    "verify.hand.2": "在这 32 个字节前加上 00，求 SHA-256：得到叶。",
    "verify.hand.3": "路径上每一步：把 01、左边的哈希、右边的哈希连起来，求 SHA-256。",
    "verify.hand.4": "最后得到的，应与封印的根相同。",
    "verify.hand.5": "封印文件的 data 去掉 signature，按 RFC 8785 写成规范 JSON，用公钥验证 Ed25519 签名。",
    "verify.empty.title": "还没有内容",
    "verify.empty.fault": "请选择文件，或粘贴回执的全文。",
    "verify.large.title": "太大了",
    "verify.large.fault": "一份回执不超过 64 KB。请确认选对了文件。",
    "verify.limited.title": "请稍等",
    "verify.limited.fault": "核验得太频繁了。{n} 秒后再试。",
    "roots.title": "日志封印",
    "roots.lead": (
        "平台每天把日志里的全部记录算成一个哈希，签名公布。谁留下一号封印，"
        "就能证明此前的记录后来有没有被改过。"
    ),
    "roots.due": "下一号封印：{when}。",
    "roots.list": "已公布的封印",
    "roots.none": "还没有封印。",
    "roots.older": "共 {n} 号，更早的在数据文件里。",
    "roots.column.sealed": "封印",
    "roots.column.records": "记录",
    "roots.root": "根",
    "roots.signature": "签名",
    "roots.key": "公钥（Ed25519）",
    "roots.how": "怎样算出来",
    "roots.how.text": (
        "RFC 6962 的 Merkle 树，SHA-256。第 0 片叶是上一号封印的根（第一号用零）；之后每条记录一片，"
        "依主题、分区、偏移排列，内容是该事件的哈希；不成事件的记录，取其字节的 SHA-256。"
        "每号封印写明起止偏移，从上一号的终点接着算。"
    ),
    "case.receipt.download": "下载这份回执（JSON）",
    "case.receipt.verify": "核验",
}
