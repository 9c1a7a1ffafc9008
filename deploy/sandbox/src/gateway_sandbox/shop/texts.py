"""What the demo shop's pages say, in both languages and directions."""

from collections.abc import Mapping

from gateway_sandbox.shop.orders import Language

DIRECTIONS: Mapping[Language, str] = {"en": "ltr", "ar": "rtl"}

TEXTS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "order": "Order",
        "your_order": "Your order",
        "total": "Total",
        "pay": "Pay",
        "try_again": "Try again",
        "see_order": "See your order",
        "open": "This order waits for its payment",
        "open_next": "Have you paid already? Then there is no need to pay again: "
        "this page changes by itself as soon as we know.",
        "confirmed": "Thank you, your payment is confirmed",
        "confirmed_next": "We are preparing your order.",
        "checking": "We are checking your payment",
        "checking_next": "This page changes by itself, usually within seconds. "
        "Please do not pay a second time.",
        "late": "We have not heard of a payment yet",
        "late_next": "If you have paid, nothing is lost: we go on asking, and your order shows it "
        "as soon as we know. You may close this page. If you went back before paying, you can pay "
        "from your order.",
        "not_paid": "This order is not paid",
        "not_paid_next": "Nothing was taken from you for it.",
        "refunded": "This payment was refunded",
        "refunded_next": "The money is on its way back to you.",
        "no_token": "This browser cannot see that order's payment",
        "no_token_next": "Open the order in the browser in which you started to pay.",
        "no_script": "This page needs JavaScript to ask how your payment stands.",
    },
    "ar": {
        "order": "الطلب",
        "your_order": "طلبك",
        "total": "المجموع",
        "pay": "ادفع",
        "try_again": "حاول مرة أخرى",
        "see_order": "اعرض طلبك",
        "open": "هذا الطلب في انتظار الدفع",
        "open_next": "هل دفعت بالفعل؟ لا داعي للدفع مرة أخرى: "
        "ستتغير هذه الصفحة تلقائيًا فور علمنا بذلك.",
        "confirmed": "شكرًا لك، تم تأكيد الدفع",
        "confirmed_next": "نقوم الآن بتجهيز طلبك.",
        "checking": "نتحقق من عملية الدفع",
        "checking_next": "ستتغير هذه الصفحة تلقائيًا خلال ثوانٍ عادةً. يرجى عدم الدفع مرة ثانية.",
        "late": "لم يصلنا خبر الدفع بعد",
        "late_next": "إن كنت قد دفعت فلن يضيع شيء: نواصل السؤال وسيظهر ذلك في طلبك فور علمنا. "
        "يمكنك إغلاق هذه الصفحة. وإن رجعت قبل الدفع فيمكنك الدفع من صفحة طلبك.",
        "not_paid": "لم يتم دفع هذا الطلب",
        "not_paid_next": "لم يُخصم منك أي مبلغ مقابله.",
        "refunded": "تم رد هذا المبلغ",
        "refunded_next": "المبلغ في طريقه إليك.",
        "no_token": "لا يمكن لهذا المتصفح عرض حالة دفع هذا الطلب",
        "no_token_next": "افتح الطلب في المتصفح الذي بدأت الدفع منه.",
        "no_script": "تحتاج هذه الصفحة إلى JavaScript لمعرفة حالة الدفع.",
    },
}
