"""What the sample customers wrote about. Times count back from the demo's first start."""

from __future__ import annotations

from hub.demo.people import ADMIN
from hub.demo.script import (
    Answers,
    Leaves,
    Matter,
    Notes,
    Rates,
    Resolves,
    Says,
    Takes,
    days,
    hours,
    minutes,
)

MATTERS = (
    # --- settled: the history -------------------------------------------------------------------
    Matter(
        8,
        "telegram",
        (
            Says(days(26), "سلام، گلدان ترک داشت. چه کار کنم؟"),
            Takes(days(26) - minutes(9), 1),
            Answers(
                days(26) - minutes(10), 1, "متأسفیم. عکسی بفرستید تا همین امروز یکی دیگر بفرستیم."
            ),
            Says(days(26) - minutes(31), "عکس را به ایمیل فروشگاه فرستادم."),
            Answers(days(26) - minutes(44), 1, "رسید. گلدان تازه فردا ارسال می‌شود."),
            Resolves(days(26) - minutes(45), 1),
            Rates(days(26) - minutes(70), 5, "سریع و محترمانه بود."),
        ),
    ),
    Matter(
        1,
        "webchat",
        (
            Says(days(25), "Which bulb fits the desk lamp?"),
            Answers(days(25) - minutes(2), 0, "E14, up to 40 W. One is in the box."),
            Says(days(25) - minutes(3), "Great, thank you!"),
            Resolves(days(25) - minutes(4), 0),
            Rates(days(25) - minutes(12), 4),
        ),
    ),
    Matter(
        13,
        "mail",
        (
            Says(
                days(24),
                "Hello,\n\nthe desk lamp from S-1003 flickers since yesterday. Is that under "
                "warranty?\n\nSample Customer 13",
            ),
            Takes(days(24) - minutes(22), 0),
            Answers(
                days(24) - minutes(25),
                0,
                "Hello,\n\nyes, for two years. Please try another bulb first; if it still "
                "flickers we replace the lamp.",
            ),
            Says(days(23), "It was the bulb. Thank you for the hint."),
            Resolves(days(23) - minutes(15), 0),
            Rates(days(23) - minutes(55), 4),
        ),
        subject="Desk lamp flickers",
    ),
    Matter(
        11,
        "webchat",
        (
            Says(days(15), "Do the blue mugs survive a dishwasher?"),
            Answers(days(15) - minutes(3), 0, "They do. The gold-rimmed ones do not."),
            Says(days(15) - minutes(4), "Perfect, thanks"),
            Resolves(days(15) - minutes(6), 0),
            Rates(days(15) - minutes(13), 5),
        ),
    ),
    Matter(
        4,
        "mail",
        (
            Says(days(11), "لیوان آبی دوباره کی موجود می‌شود؟"),
            Takes(days(11) - minutes(17), 1),
            Answers(
                days(11) - minutes(18), 1, "از شنبه. اگر بخواهید چهار عدد برایتان کنار می‌گذاریم."
            ),
            Says(days(11) - minutes(20), "بله لطفاً، چهار عدد."),
            Resolves(days(11) - minutes(30), 1),
            Rates(days(11) - hours(2), 4, "خوب بود."),
        ),
        subject="لیوان آبی",
    ),
    Matter(
        5,
        "mail",
        (
            Says(
                days(10),
                "Good morning,\n\nwe need the invoice for S-1029 with our company's name on "
                "it.\n\nSample Office Ltd",
            ),
            Takes(days(10) - hours(1), 0),
            Notes(
                days(10) - hours(1) - minutes(4),
                0,
                "The order was placed with a private name; accounting has to write a new one.",
            ),
            Answers(days(10) - hours(3), 0, "You will have it by tomorrow noon, to this address."),
            Says(days(9), "It has arrived, but the order number is missing."),
            Answers(days(9) - hours(2), 0, "A corrected invoice is on its way. Sorry for that."),
            Resolves(days(9) - hours(2) - minutes(1), 0),
            Rates(days(9) - hours(4), 2, "Right in the end, but it took two tries."),
        ),
        subject="Invoice for S-1029",
    ),
    Matter(
        8,
        "telegram",
        (
            Says(days(6), "برای سفارش بعدی کد تخفیف دارید؟"),
            Answers(days(6) - minutes(40), 1, "برای مشتریان قدیمی ۱۰٪: کد SAMPLE10 تا پایان ماه."),
            Resolves(days(6) - minutes(41), 1),
        ),
    ),
    # --- running ----------------------------------------------------------------------------------
    Matter(
        1,
        "webchat",
        (
            Says(hours(27), "Hi! Order S-1032 says shipped since Tuesday. Where is it?"),
            Takes(hours(27) - minutes(6), 0),
            Answers(hours(27) - minutes(7), 0, "I am asking the carrier. May I write you by mail?"),
            Says(hours(27) - minutes(8), "Yes, here is my address. I have to go.", gives_mail=True),
            Leaves(hours(27) - minutes(9)),
            Notes(hours(25), 0, "Carrier: held at the depot, a label had come off."),
            Answers(
                hours(25) - minutes(5),
                0,
                "The parcel was held at the depot because a label had come off. It goes out again "
                "tomorrow morning.",
            ),
            Says(hours(2), "Still nothing today. Should I wait or ask for a refund?", way="mail"),
        ),
        subject="Your order S-1032",
    ),
    Matter(
        2,
        "telegram",
        (
            Says(hours(5), "سلام، سفارش S-1041 پرداخت شده. iPhone من پیامکی نگرفته، کی می‌رسد؟"),
            Takes(hours(4), 1),
            Answers(
                hours(4) - minutes(3),
                1,
                "سلام، بسته فردا صبح ارسال می‌شود و کد پیگیری برایتان می‌آید.",
            ),
            Says(hours(1), "ممکن است نشانی را عوض کنم؟ خیابان نمونه، پلاک ۱۲"),
        ),
    ),
    Matter(
        3,
        "telegram",
        (
            Says(minutes(52), "Is the floor lamp also available in white?"),
            Says(minutes(51), "And do you ship to Ireland?"),
            Takes(minutes(48), ADMIN),
        ),
    ),
    Matter(
        4,
        "mail",
        (
            Says(
                hours(9),
                "سلام،\n\nدو تا از لیوان‌های سفارش S-1038 شکسته رسید. "
                "لطفاً بگویید چطور پس بفرستم.\n\nمشتری نمونه ۴",
            ),
            Takes(hours(8), 1),
            Notes(hours(8) - minutes(2), 1, "از انبار پرسیدم: دو لیوان آبی موجود است."),
            Answers(
                hours(7),
                1,
                "سلام،\n\nلازم نیست پس بفرستید. دو لیوان تازه فردا ارسال می‌شود.",
            ),
        ),
        subject="لیوان شکسته در سفارش S-1038",
    ),
    Matter(
        5,
        "mail",
        (
            Says(
                hours(3),
                "Hello,\n\ncould you quote us twelve more desk lamps, delivered in December?\n\n"
                "Sample Office Ltd",
            ),
            Takes(hours(2), ADMIN),
        ),
        subject="Quote for twelve desk lamps",
    ),
    Matter(
        6,
        "webchat",
        (
            Says(minutes(34), "سلام، لیوان آبی را کادو هم می‌کنید؟"),
            Takes(minutes(31), 1),
            Answers(minutes(30), 1, "سلام، بله. ۵۰ هزار تومان با کارت تبریک."),
            Says(minutes(28), "عالیه! یک کارت با متن دلخواه هم می‌شود؟"),
        ),
    ),
    Matter(
        7,
        "webchat",
        (Says(minutes(6), "Hello, is anybody there? My discount code SAMPLE10 is refused."),),
    ),
    Matter(
        9,
        "telegram",
        (
            Says(hours(30), "Do you sell gift cards?"),
            Takes(hours(29), 0),
            Answers(
                hours(29) - minutes(1), 0, "We do: 25, 50 and 100 euros. Shall I send you the link?"
            ),
        ),
    ),
    Matter(
        10,
        "telegram",
        (Says(minutes(14), "سلام. ارسال به شیراز چند روز طول می‌کشد؟"),),
    ),
    Matter(
        12,
        "mail",
        (
            Says(
                hours(20),
                "با سلام،\n\nآیا به کابل هم ارسال دارید؟ هزینه‌اش چقدر است؟\n\nمشتری نمونه ۱۲",
            ),
            Takes(hours(19), 1),
            Answers(hours(18), 1, "سلام،\n\nفعلاً نه، اما از بهار برنامه‌اش را داریم."),
            Says(hours(16), "ممنون، خبرم کنید."),
            Resolves(hours(15), 1),
        ),
        subject="ارسال به کابل",
    ),
)
